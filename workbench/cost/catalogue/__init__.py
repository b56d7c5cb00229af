"""Price catalogues of others, read into listings: the SkyPilot catalogue, Infracost's JSON."""
