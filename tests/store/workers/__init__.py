"""Programs that tests run as processes of their own, on the home that the environment names."""
