import type { AnnotationDocument } from "./document/document";
import { type TrainingMask, TrainingRaster, type TrainingSize } from "./geometry/training-mask";
import type { Size } from "./geometry/types";

/** A document as the model sees it. */
export type Seen = {
  readonly size: TrainingSize;
  readonly image: Size;
  readonly mask: TrainingMask;
  readonly document: AnnotationDocument;
  /** Ids of objects of which no pixel is left: too small, or wholly under smaller ones. */
  readonly vanished: readonly string[];
};

/** Documents of one image as the model sees them, one after the other. */
export class ModelView {
  readonly size: TrainingSize;
  readonly #image: Size;
  readonly #raster: TrainingRaster;
  #last: Seen | null = null;

  constructor(image: Size, size: TrainingSize) {
    this.size = size;
    this.#image = image;
    this.#raster = new TrainingRaster(image, size);
  }

  of(document: AnnotationDocument): Seen {
    if (this.#last?.document === document) return this.#last;
    const mask = this.#raster.mask(document.instances.map(({ polygons }) => polygons));
    const vanished = document.instances.flatMap(({ id }, i) => (mask.pixels[i] === 0 ? [id] : []));
    this.#last = { size: this.size, image: this.#image, mask, document, vanished };
    return this.#last;
  }
}
