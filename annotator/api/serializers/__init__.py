"""What goes over the wire in the annotator room. Class names are the names in the API schema."""
