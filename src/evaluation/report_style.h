// The style sheet of report.html. Colors are variables, so one block of rules gives the dark page.
#pragma once

namespace haina {

inline constexpr char kReportStyle[] = R"css(
:root { color-scheme: light dark; --ground:#f6f7f9; --card:#fff; --ink:#1b2430; --soft:#5b6777; --rule:#e2e6ec; --track:#eef1f5;
  --main:#2563c9; --other:#9fb0c6; --good:#2a8a63; --bad:#c2571f; --unsure:#b9c2ce; --whisker:#1b2430; }
@media (prefers-color-scheme: dark) { :root { --ground:#12161c; --card:#1a2029; --ink:#e6eaf0; --soft:#9aa7b8; --rule:#2b3441; --track:#232b36;
  --main:#6aa5ff; --other:#53647c; --good:#4dbb8e; --bad:#e88a55; --unsure:#46515f; --whisker:#e6eaf0; } }
* { box-sizing:border-box; }
body { margin:0; background:var(--ground); color:var(--ink); font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif; }
main { max-width:1080px; margin:0 auto; padding:36px 20px 60px; }
header h1 { margin:0; font-size:28px; letter-spacing:-.01em; line-height:1.2; }
header p { margin:6px 0 0; color:var(--soft); }
.chips { display:flex; flex-wrap:wrap; gap:8px; margin:16px 0 24px; padding:0; list-style:none; }
.chips li { background:var(--card); border:1px solid var(--rule); border-radius:99px; padding:2px 12px; font-size:13px; }
.chips b { font-weight:400; color:var(--soft); margin-right:6px; }
.cards { display:grid; grid-template-columns:repeat(auto-fit,minmax(180px,1fr)); gap:14px; margin-bottom:18px; }
.card, section { background:var(--card); border:1px solid var(--rule); border-radius:12px; }
.card { padding:14px 18px; } .card .name { color:var(--soft); font-size:13px; }
.card .number { font-size:28px; font-weight:600; letter-spacing:-.02em; font-variant-numeric:tabular-nums; line-height:1.3; }
.card .more { color:var(--soft); font-size:13px; font-variant-numeric:tabular-nums; }
.verdict { font-size:19px; line-height:1.4; color:var(--ink); font-weight:500; max-width:75ch; }
.contents ol { display:flex; flex-wrap:wrap; gap:4px 22px; margin:0 0 20px; padding:0; list-style:none; font-size:14px; } .contents a { color:var(--main); }
summary > h2 { display:inline; }
section { padding:20px 24px 22px; margin:0 0 18px; }
section h2 { margin:0 0 2px; font-size:18px; } section h3 { margin:18px 0 8px; font-size:14px; font-weight:600; }
section > p, section > details > p { margin:0 0 14px; color:var(--soft); max-width:90ch; }
.bars { display:grid; gap:7px 12px; grid-template-columns:fit-content(270px) 1fr max-content; }
.bar { display:grid; grid-column:1 / -1; grid-template-columns:subgrid; align-items:center; }
.bar .label { text-align:right; overflow-wrap:anywhere; font-size:14px; line-height:1.3; }
.bar .track { position:relative; height:20px; background:var(--track); border-radius:4px; }
.bar .track i { position:absolute; display:block; }
.bar .fill { top:0; bottom:0; background:var(--other); border-radius:0 4px 4px 0; min-width:1px; } .bar .fill.left { border-radius:4px 0 0 4px; }
.bar.main .fill { background:var(--main); } .bar.main .label { font-weight:600; }
.bar.good .fill { background:var(--good); } .bar.bad .fill { background:var(--bad); } .bar.unsure .fill { background:var(--unsure); }
.bar .whisker { top:9px; height:2px; background:var(--whisker); opacity:.75; min-width:1px; }
.bar .whisker::before, .bar .whisker::after { content:""; position:absolute; top:-4px; height:10px; width:2px; background:inherit; }
.bar .whisker::before { left:0; } .bar .whisker::after { right:0; }
.bar .zero { top:-4px; bottom:-4px; width:1px; background:var(--soft); }
.bar .note { font-size:13px; color:var(--soft); font-variant-numeric:tabular-nums; white-space:pre; }
.key { display:inline-block; width:11px; height:11px; border-radius:3px; margin:0 5px 0 12px; vertical-align:-1px; } .key:first-child { margin-left:0; }
.scroll { overflow-x:auto; }
table { border-collapse:collapse; width:100%; font-size:14px; font-variant-numeric:tabular-nums; }
th, td { padding:6px 10px; text-align:right; border-bottom:1px solid var(--rule); white-space:nowrap; vertical-align:top; }
th { color:var(--soft); font-weight:500; font-size:13px; } th:first-child, td:first-child, td.text, th.text { text-align:left; }
td.text { white-space:normal; overflow-wrap:anywhere; min-width:8em; max-width:46em; } tr:last-child td { border-bottom:0; }
td.best { font-weight:700; color:var(--main); } tr.main td:first-child { font-weight:600; }
.pair { display:grid; grid-template-columns:repeat(auto-fit,minmax(280px,1fr)); gap:24px; }
svg.lines { width:100%; max-width:520px; height:auto; display:block; }
svg .grid { stroke:var(--rule); } svg .tick { fill:var(--soft); font-size:11.5px; } svg .value { fill:var(--ink); font-size:12px; font-weight:600; }
svg .line { fill:none; stroke:var(--main); stroke-width:2; stroke-linejoin:round; } svg .dot { fill:var(--main); } svg .best { fill:none; stroke:var(--main); stroke-width:2; }
details { margin-top:12px; } summary { cursor:pointer; color:var(--soft); font-size:14px; } details[open] summary { margin-bottom:8px; }
td details { margin:0; } td ul { margin:4px 0 0; padding-left:18px; } code { font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace; overflow-wrap:anywhere; }
dl { display:grid; grid-template-columns:max-content 1fr; gap:3px 18px; margin:0 0 10px; font-variant-numeric:tabular-nums; } dt { color:var(--soft); } dd { margin:0; overflow-wrap:anywhere; }
footer { color:var(--soft); font-size:13px; }
@media (max-width:640px) { main { padding:20px 12px 40px; } section { padding:16px; overflow-x:auto; } .pair { grid-template-columns:1fr; } .bars { gap:12px; grid-template-columns:1fr; } .bar { gap:2px; } .bar .label { text-align:left; } .bar .track { height:14px; } .bar .whisker { top:6px; } .bar .note { white-space:pre-wrap; } }
@media print { @page { margin:12mm; } body { background:#fff; font-size:12px; } main { padding:0; max-width:none; } .contents { display:none; }
  section, .card { break-inside:avoid; } section { padding:9px 14px 10px; margin:0 0 8px; } .cards { gap:8px; margin-bottom:8px; } .card { padding:8px 12px; } .card .number { font-size:20px; }
  header h1 { font-size:20px; } .verdict { font-size:14px; } .chips { margin:8px 0 10px; gap:5px; } .chips li, .bar .label, .bar .note { font-size:11px; } section h2 { font-size:14px; }
  .bars { gap:3px 10px; } .bar .track { height:12px; } .bar .whisker { top:5px; } .bar .whisker::before, .bar .whisker::after { top:-3px; height:8px; }
  details { margin-top:2px; } section > p { margin-bottom:8px; } .pair { gap:14px; grid-template-columns:repeat(3,1fr); } .pair p { margin:4px 0; } .pair ol { margin:4px 0; } .fill, .track, .key { print-color-adjust:exact; } }
)css";

}  // namespace haina
