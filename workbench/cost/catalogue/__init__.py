"""Price catalogues of others, read into offers: the SkyPilot catalogue, Infracost's JSON."""
