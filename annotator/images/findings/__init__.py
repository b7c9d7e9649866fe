"""What is measured of images and objects, and what is found wrong with them."""
