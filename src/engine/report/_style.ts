/**
 * The style sheet of a tear sheet.
 *
 * @module
 */

/** Written into the page; system fonts only. Gains and losses differ in hue and in lightness. */
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f7f8;--panel:#fff;--ink:#16191d;--soft:#5b6470;--rule:#e2e5e9;--grid:#eceef1;--line:#2f5fd0;--gain:#0b7a5c;--loss:#c2410c;--focus:#2f5fd0}
@media (prefers-color-scheme:dark){:root{--page:#0e1116;--panel:#151a21;--ink:#e7eaee;--soft:#98a2b0;--rule:#29313b;--grid:#212832;--line:#7aa2ff;--gain:#3ecf9f;--loss:#ff9b66;--focus:#7aa2ff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:40px 24px 72px}
header{margin-bottom:28px}
.eyebrow{margin:0 0 6px;color:var(--soft);font-size:12px;font-weight:600;letter-spacing:.09em;text-transform:uppercase}
h1{margin:0;font-size:clamp(26px,4.4vw,38px);line-height:1.15;letter-spacing:-.022em;overflow-wrap:anywhere;text-wrap:balance}
h2{margin:0 0 16px;font-size:18px;letter-spacing:-.01em}
h3{margin:22px 0 6px;font-size:13px;font-weight:600}
h3 small{color:var(--soft);font-weight:400;font-size:13px}
.lead{text-wrap:pretty;margin:10px 0 0;max-width:68ch;color:var(--soft);font-size:16px}
.meta{display:flex;flex-wrap:wrap;gap:2px 0;margin:12px 0 0;color:var(--soft);font-size:13px}
.meta span:not(:last-child)::after{content:"·";margin:0 .6em}
section{margin-top:20px;padding:24px;background:var(--panel);border:1px solid var(--rule);border-radius:12px}
.tiles{display:flex;flex-wrap:wrap;gap:1px;margin:0;overflow:hidden;background:var(--rule);border:1px solid var(--rule);border-radius:12px}
.tiles>div{flex:1 1 180px;padding:16px 20px 18px;background:var(--panel)}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{margin:2px 0 0}
.tiles strong{display:block;font-size:26px;font-weight:650;line-height:1.25;letter-spacing:-.02em}
.tiles small{display:block;margin-top:2px;color:var(--soft);font-size:12.5px;line-height:1.4}
.gain{color:var(--gain)}.loss{color:var(--loss)}
figure{margin:0}
.account{position:relative}
.account>h3:first-child{margin-top:0}
.account h3{padding-left:64px}
.chart{position:relative;padding-left:64px}
.chart svg{display:block;width:100%;overflow:visible}
.tall svg{height:300px}.middle svg{height:150px}.low svg{height:110px}
path{vector-effect:non-scaling-stroke;fill:none;stroke-linejoin:round}
.grid{stroke:var(--grid);stroke-width:1}
.base{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 4}
.curve{stroke:var(--line);stroke-width:1.75}
.area{fill:var(--line);fill-opacity:.09}
.under{fill:var(--loss);fill-opacity:.16}
.fall{stroke:var(--loss);stroke-width:1.25}
.tip,.dot,path.ring,.core{stroke-linecap:round}
.tip{stroke:var(--line);stroke-width:8}
.dot,path.ring{stroke-width:8}
path.ring{stroke:var(--soft)}
.core{stroke:var(--panel);stroke-width:4.5}
path.gain{stroke:var(--gain)}path.loss{stroke:var(--loss)}
path.bar{stroke-width:4}
.column.gain{fill:var(--gain);stroke:none}.column.loss{fill:var(--loss);stroke:none}
.many .dot,.many path.ring{stroke-width:5}
.many .core{stroke-width:2.5}
.hold{stroke-width:1.75;stroke-opacity:.75}
.axes{color:var(--soft);font-size:11.5px;line-height:1}
.axes .y{position:absolute;left:0;width:56px;text-align:right;transform:translateY(50%);white-space:nowrap}
.axes{position:absolute;inset:0 0 0 64px;pointer-events:none}
.axes .y{left:-64px}
.axes .x{position:absolute;top:calc(100% + 8px);transform:translateX(-50%);white-space:nowrap}
.axes .x.start{transform:none}.axes .x.end{transform:translateX(-100%)}
.chart:has(.x){padding-bottom:28px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:8px 0 0;color:var(--soft);font-size:12.5px}
.chart .legend{position:static}
.legend.loose{margin:-6px 0 14px}
.legend i{display:inline-block;width:9px;height:9px;margin-right:6px;border-radius:50%;background:currentColor}
.legend i.ring{background:none;border:2px solid var(--soft)}
.legend i.base{height:0;width:16px;border-top:1px dashed var(--soft);border-radius:0;background:none;vertical-align:middle}
.tall .axes{bottom:auto;height:300px}
.low .axes{bottom:auto;height:110px}
.middle .axes{bottom:auto;height:150px}
.account.hover::after{content:"";position:absolute;top:26px;bottom:30px;left:var(--x);border-left:1px solid var(--soft);pointer-events:none}
.readout{position:absolute;top:22px;left:calc(var(--x) + 10px);padding:5px 9px;border:1px solid var(--rule);border-radius:7px;background:var(--panel);font-size:12.5px;white-space:nowrap;pointer-events:none;box-shadow:0 2px 10px rgb(0 0 0/.08)}
.readout.flip{transform:translateX(calc(-100% - 20px))}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:20px 28px}
figcaption{display:flex;justify-content:space-between;gap:12px;margin:0 0 8px;font-size:13px}
figcaption span{color:var(--soft)}
.scroll{position:relative;overflow-x:auto;margin:0 -24px;padding:0 24px}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
table{width:100%;border-collapse:collapse;font-size:13.5px}
th,td{padding:7px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
thead th{color:var(--soft);font-weight:500;font-size:12.5px;border-color:var(--rule)}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody th{font-weight:400}
.text{text-align:left}
td.gain,td.loss,.best td,.best th{font-weight:600}
.figures th[scope=row],.figures .group th{text-align:left}
.figures th small{color:var(--soft);font-size:12px;margin-left:.3em}
.figures .group th{padding-top:18px;color:var(--soft);font-size:12.5px;font-weight:600;white-space:normal}
.figures .all{font-weight:600}
.missing{color:var(--soft)}
.missing a{color:inherit}
sup{line-height:0}
code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.reasons,.notes{margin:16px 0 0;padding-left:1.3em;color:var(--soft);font-size:13px}
.notes{margin:0;max-width:80ch}
.notes li+li{margin-top:4px}
.note{margin:12px 0 0;max-width:84ch;color:var(--soft);font-size:13px}
.empty{color:var(--soft);margin:0}
.map{width:auto;min-width:min(100%,520px);margin-bottom:22px;border-collapse:separate;border-spacing:3px}
.map caption{caption-side:top;margin-bottom:6px;text-align:left;color:var(--soft);font-size:13px}
.map th,.map td{padding:9px 12px;border:0;text-align:center}
.map th{color:var(--soft);font-weight:500}
.map td.gain,.map td.loss{border-radius:6px;color:var(--ink);font-weight:500}
.map td.gain{background:color-mix(in srgb,var(--gain) var(--s),var(--panel))}
.map td.loss{background:color-mix(in srgb,var(--loss) var(--s),var(--panel))}
.map td.none{background:repeating-linear-gradient(135deg,var(--grid) 0 1px,transparent 1px 7px);border-radius:6px}
.map td.best{outline:2px solid var(--ink);outline-offset:-1px;font-weight:700}
tr.best{background:color-mix(in srgb,var(--line) 10%,transparent)}
.bar{display:inline-block}
.wide{width:34%;min-width:110px}span.bar{position:relative;width:100%;height:10px;vertical-align:middle}
span.bar::before{content:"";position:absolute;left:50%;top:-3px;bottom:-3px;border-left:1px solid var(--rule)}
span.bar i{position:absolute;top:0;bottom:0;background:currentColor;border-radius:2px;opacity:.8}
details{margin-top:18px}
summary{cursor:pointer;color:var(--soft);font-size:13.5px}
details[open]>summary{margin-bottom:8px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:640px){main{padding:24px 14px 48px}section{padding:18px 16px}.scroll{margin:0 -16px;padding:0 16px}.tiles>div{flex-basis:40%;padding:12px 14px 14px}.tiles>div:first-child{flex-basis:100%}.tiles strong{font-size:22px}.chart{padding-left:0}.account h3{padding-left:0}.axes{left:0;font-size:10.5px}.axes .y{left:4px;width:auto;text-align:left;transform:translateY(-2px);text-shadow:0 0 3px var(--panel),0 0 3px var(--panel),0 0 3px var(--panel)}.axes .y.top{transform:translateY(calc(100% + 3px))}.axes .x.odd,.wide{display:none}.tall svg,.tall .axes{height:230px}figcaption{flex-direction:column;gap:0}.figures th[scope=row]{white-space:normal;min-width:118px}.figures th small{display:block;margin:0}th,td{padding:7px 8px}.map th,.map td{padding:8px 6px;font-size:12.5px}}
@media print{:root{--page:#fff;--panel:#fff;--ink:#000;--soft:#444;--rule:#ccc;--grid:#e5e5e5;--line:#2f5fd0;--gain:#0b7a5c;--loss:#c2410c}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:11px}main{max-width:none;padding:0}section{padding:12px 0;border:0;border-top:1px solid var(--rule);border-radius:0}.scroll{overflow:visible;margin:0;padding:0}.chart,.panels figure,tr,.tiles{break-inside:avoid}.tiles{flex-wrap:nowrap}.tiles>div{flex-basis:0;padding:8px 10px}.tiles strong{font-size:17px}.tiles small{font-size:10px}.tall svg,.tall .axes{height:220px}h2,h3{break-after:avoid}thead{display:table-header-group}details::details-content{content-visibility:visible;height:auto}th,td{padding:3px 6px}table{font-size:10px}}
`;
