import type { Seen } from "../model/overlay";
import type { AnnotationDocument } from "../model/document";
import { TrainingRaster, type TrainingSize } from "../geometry/training-mask";
import type { Size } from "../geometry/types";

/** Documents of one image as the model sees them, one after the other. */
export class ModelView {
  readonly #image: Size;
  #raster: TrainingRaster | null = null;
  #last: Seen | null = null;

  constructor(image: Size) {
    this.#image = image;
  }

  of(document: AnnotationDocument, size: TrainingSize): Seen {
    const last = this.#last;
    if (last?.document === document && last.size === size) return last;
    if (!this.#raster || last?.size !== size) this.#raster = new TrainingRaster(this.#image, size);
    const mask = this.#raster.mask(document.instances.map(({ polygons }) => polygons));
    const vanished = document.instances.flatMap(({ id }, i) => (mask.pixels[i] === 0 ? [id] : []));
    this.#last = { size, image: this.#image, mask, document, vanished };
    return this.#last;
  }
}
