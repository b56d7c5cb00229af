"""Forecasts stages before they run: gathers what is known, measures what is not."""
