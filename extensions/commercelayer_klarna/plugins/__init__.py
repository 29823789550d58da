"""What plugins are made of, and the plugins that come with the package."""
