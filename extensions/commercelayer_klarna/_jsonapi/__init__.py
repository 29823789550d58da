"""JSON:API documents, and the resources in them."""
