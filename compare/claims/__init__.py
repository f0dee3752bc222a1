"""The claims that Scaleproof ships. Every module here defines ``claims``; the folder is the registry."""
