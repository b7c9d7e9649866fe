export type Numbers = {
  epochs: number;
  image_size: number;
  batch: number;
  seed: number;
  patience: number;
  learning_rate: number | null;
};

/** What a first run begins with: modest on a processor, usual on a GPU. */
export function startingNumbers(onGpu: boolean): Numbers {
  return onGpu
    ? { epochs: 100, image_size: 640, batch: 16, seed: 0, patience: 50, learning_rate: null }
    : { epochs: 30, image_size: 320, batch: 8, seed: 0, patience: 50, learning_rate: null };
}

/** A sentence for each number that cannot be used; empty fields arrive as null. */
export function validateNumbers(
  numbers: Record<keyof Numbers, number | null>,
): Partial<Record<keyof Numbers, string>> {
  const faults: Partial<Record<keyof Numbers, string>> = {};
  const whole = (field: keyof Numbers, min: number, max: number) => {
    const value = numbers[field];
    if (value === null || !Number.isInteger(value) || value < min || value > max) {
      faults[field] = `A whole number from ${min} to ${max}.`;
    }
  };
  whole("epochs", 1, 10_000);
  whole("batch", 1, 1024);
  whole("seed", 0, 2_147_483_647);
  whole("patience", 0, 10_000);
  whole("image_size", 32, 4096);
  if (!faults.image_size && (numbers.image_size ?? 0) % 32 !== 0) faults.image_size = "A multiple of 32.";
  const rate = numbers.learning_rate;
  if (rate !== null && !(rate > 0 && rate <= 1)) faults.learning_rate = "More than 0, at most 1; or empty.";
  return faults;
}
