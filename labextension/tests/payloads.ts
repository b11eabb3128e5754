/** Texts that would do something if a page read them as markup. */

export const PAYLOADS = [
  '<script>window.hit = 1</script>',
  '<img src=x onerror="window.hit = 1">',
  '<svg onload="window.hit = 1"></svg>',
  '"><b id=hit>x</b>',
  "' autofocus onfocus='window.hit = 1",
  '<a href="javascript:window.hit = 1">x</a>',
  '<iframe srcdoc="<b id=hit>x</b>"></iframe>',
  '<style>* { display: none }</style>',
  '<math><mtext></mtext><mglyph><svg><b id=hit></b></svg></math>',
  '</pre></td></table><b id=hit>x</b>',
  '&lt;b id=hit&gt;x&lt;/b&gt;',
  '${window.hit = 1}{{window.hit = 1}}',
  '<template><b id=hit>x</b></template>',
  '<!--<b id=hit>x--><b id=hit>x</b>',
  '<form id=hit action="javascript:0"><button>x</button></form>'
];
