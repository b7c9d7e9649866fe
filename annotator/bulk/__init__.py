"""Changes of many images at once, each a job: choosing the images, changing them, the result."""
