/** How a script asks a served model. `address`: with the host under which this page was opened. */
export type Language = "curl" | "python" | "labels";

export const LANGUAGES: readonly { value: Language; label: string }[] = [
  { value: "curl", label: "curl" },
  { value: "python", label: "Python" },
  { value: "labels", label: "YOLO labels" },
];

export function howToCall(language: Language, address: string): string {
  switch (language) {
    case "curl":
      return [
        `curl -X POST "${address}?conf=0.25" \\`,
        '  -H "Authorization: Token $SEGLOOP_TOKEN" \\',
        '  -H "Content-Type: image/jpeg" \\',
        "  --data-binary @image.jpg",
      ].join("\n");
    case "labels":
      return [
        `curl -X POST "${address}?conf=0.25" \\`,
        '  -H "Authorization: Token $SEGLOOP_TOKEN" \\',
        '  -H "Content-Type: image/jpeg" \\',
        '  -H "Accept: text/plain" \\',
        "  --data-binary @image.jpg > image.txt",
      ].join("\n");
    case "python":
      return [
        "import os",
        "import requests",
        "",
        'with open("image.jpg", "rb") as image:',
        "    answer = requests.post(",
        `        "${address}",`,
        '        params={"conf": 0.25},',
        '        headers={"Authorization": f"Token {os.environ[\'SEGLOOP_TOKEN\']}"},',
        '        files={"file": image},',
        "        timeout=60,",
        "    )",
        "answer.raise_for_status()",
        'for found in answer.json()["instances"]:',
        '    print(found["class_name"], found["confidence"], found["box"])',
      ].join("\n");
  }
}
