import type { Seen } from "../model/overlay";
import type { AnnotationDocument } from "../model/document";
import { TrainingRaster, type TrainingSize } from "../geometry/training-mask";
import type { Size } from "../geometry/types";

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
