/** Which images Segloop reads, in the server's words (annotator/labels/pixels/image_kinds.py; a test compares them). */
export const READ_KINDS = "JPEG, PNG, WebP, BMP, TIFF, AVIF and HEIC";

/**
 * For file choosers. The extensions are named because not every system knows all of them as images.
 */
export const IMAGE_FILES: Record<string, string[]> = {
  "image/*": [
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".mpo",
    ".png",
    ".webp",
    ".bmp",
    ".tif",
    ".tiff",
    ".avif",
    ".heic",
    ".heif",
  ],
};
