// ReDoc with the fonts that the reader has.
const fonts = "system-ui, sans-serif";
const code = "ui-monospace, monospace";
Redoc.init(
  "/openapi.json",
  {
    disableSearch: false,
    expandResponses: "200",
    requiredPropsFirst: true,
    sortTagsAlphabetically: false,
    theme: { typography: { fontFamily: fonts, headings: { fontFamily: fonts }, code: { fontFamily: code } } },
  },
  document.getElementById("docs"),
);
