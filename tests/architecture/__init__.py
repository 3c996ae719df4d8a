"""Laws about the code itself.  Each is a function over a tree of files, tried on a made-up tree where it is broken."""
