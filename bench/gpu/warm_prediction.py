"""The same as bench/warm_prediction.py on GPU 0: what Segloop adds there is at most 3 ms.

python bench/gpu/warm_prediction.py MODEL.pt FOLDER_OF_IMAGES
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from warm_prediction import run


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run(Path(sys.argv[1]), Path(sys.argv[2]), "0", 20.0, "warm_prediction_gpu")


if __name__ == "__main__":
    main()
