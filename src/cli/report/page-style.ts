/** Colours by Okabe and Ito ("Color Universal Design", 2008), told apart by every kind of eye; lines differ in dashes too. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1b1f24; --faint: #59626d; --line: #d5dae0; --page: #ffffff; --panel: #f5f7f9;
  --first: #0072b2; --second: #b34700; --third: #00795a; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --faint: #9aa4b0; --line: #39414b; --page: #14181d;
  --panel: #1c2127; --first: #56b4e9; --second: #e69f00; --third: #3cc9a0; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
p { margin: 0 0 0.75rem; color: var(--faint); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { color: var(--faint); font-weight: 600; white-space: nowrap; }
td { min-width: 3.5rem; max-width: 26rem; }
.number { text-align: right; }
td.number { white-space: nowrap; overflow-wrap: normal; }
svg { display: block; width: 100%; height: auto; margin: 0 0 1rem; background: var(--panel); border-radius: 6px; }
svg text { fill: var(--faint); font-size: 12px; }
svg .name { fill: var(--text); font-size: 14px; font-weight: 600; }
svg .grid { stroke: var(--line); }
svg .axis { stroke: var(--faint); }
svg .bar { fill: var(--first); }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .dot { stroke: none; }
svg .line-1 { stroke: var(--first); }
svg .line-2 { stroke: var(--second); stroke-dasharray: 6 3; }
svg .line-3 { stroke: var(--third); stroke-dasharray: 2 3; }
svg .dot-1 { fill: var(--first); }
svg .dot-2 { fill: var(--second); }
svg .dot-3 { fill: var(--third); }
@media print { body { max-width: none; } .scroll { overflow: visible; } section { break-inside: avoid-page; } }
`
