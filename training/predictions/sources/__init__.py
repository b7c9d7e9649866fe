"""What a prediction reads: asked for by a request, stored, and listed by the worker as rows.

One module knows each step, whatever the kind of source: ``requested`` (what a person asks for),
``listing`` (rows of images, made by the worker), ``files`` (where the file of a row lies). A source
that is a video by its content is given to the job of videos by ``dispatch``.
"""
