import type { Seen } from "../model/overlay";
import { type AnnotationDocument, isIgnored } from "../model/document";
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
    const objects = document.instances.filter((each) => !isIgnored(each));
    const mask = this.#raster.mask(objects.map(({ polygons }) => polygons));
    const vanished = objects.flatMap(({ id }, i) => (mask.pixels[i] === 0 ? [id] : []));
    this.#last = { size, image: this.#image, mask, document, objects, vanished };
    return this.#last;
  }
}
