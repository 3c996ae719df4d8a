"""Real servers, browsers and homes that tests use.  Nothing here is a stand-in for code of ours."""
