// The widget's own sheet, made by script: a strict policy of the page that it
// stands in lets it. The page may give its own colour as --jard-accent.
export const style = `
:host{all:initial;display:inline-block;color-scheme:light;font-family:var(--jard-font,system-ui,"Segoe UI","Noto Sans","Noto Sans Arabic",sans-serif);--a:var(--jard-accent,#0f4c8f)}
:host([data-mode=inline]){display:block}
:host([data-mode=modal]){display:contents}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
.b{display:inline-flex;align-items:center;justify-content:center;min-block-size:44px;padding:8px 20px;border:1px solid #8b8578;border-radius:6px;background:#fff;color:#1c1b19;font-family:inherit;font-weight:500;font-size:16px;line-height:1.3;cursor:pointer;text-decoration:none}
.b:hover{background:#f4f2ec}
.p{background:var(--a);border-color:var(--a);color:#fff}
.p:hover{background:var(--a);filter:brightness(.85)}
:focus-visible{outline:3px solid var(--a);outline-offset:2px}
dialog{inline-size:min(520px,calc(100vw - 24px));max-block-size:calc(100dvh - 24px);padding:0;border:1px solid #8b8578;border-radius:12px;background:#fff;color:#1c1b19;overflow:auto;font-family:inherit}
dialog::backdrop{background:rgb(20 20 18/55%)}
.box{display:grid;grid-template-columns:minmax(0,1fr);gap:16px;padding:20px;color:#1c1b19;font-size:16px;line-height:1.55;background:#fff}
:host([data-mode=inline]) .box{border:1px solid #8b8578;border-radius:12px}
.box:lang(ar){font-size:17.5px;line-height:1.75}
.form{display:grid;grid-template-columns:minmax(0,1fr);gap:16px}
.t{display:flex;gap:12px;align-items:start;justify-content:space-between}
h2{margin:0;font-weight:600;font-size:1em;line-height:1.4;color:#514d45}
h2:focus{outline:none}
.x{flex:none;inline-size:44px;block-size:44px;margin:-10px;border:0;border-radius:6px;background:none;color:#514d45;cursor:pointer}
progress{display:block;inline-size:100%;block-size:6px;appearance:none;border:0;border-radius:3px;background:#e2ded4;overflow:hidden}
progress::-webkit-progress-bar{background:#e2ded4}
progress::-webkit-progress-value{background:var(--a)}
progress::-moz-progress-bar{background:var(--a)}
fieldset{margin:0;padding:0;border:0;min-inline-size:0}
legend,label.q{display:block;padding:0;margin-block-end:12px;font-weight:600;font-size:1.15em;line-height:1.45}
small{display:block;font-weight:400;font-size:14px;color:#676257}
.o{display:grid;gap:8px}
.rating .o{grid-auto-flow:column;grid-auto-columns:minmax(0,1fr)}
.rating .o.w{grid-auto-flow:row;grid-template-columns:repeat(6,minmax(0,1fr))}
.faces .o{grid-template-columns:repeat(3,minmax(0,1fr))}
.o span{position:relative;display:grid}
.o input{position:absolute;inset:0;inline-size:100%;block-size:100%;margin:0;opacity:0;cursor:pointer}
.o label{display:flex;align-items:center;justify-content:center;gap:8px;min-block-size:52px;padding:8px;border:2px solid #8b8578;border-radius:10px;text-align:center;font-weight:500}
.choice .o label{justify-content:start;text-align:start;padding-inline:14px}
.rating .o label{gap:0}
.faces .o label{flex-direction:column;font-size:14px;line-height:1.35}
.o span:hover label{background:#f4f2ec}
.o input:checked+label{background:var(--a);border-color:var(--a);color:#fff}
.o input:focus-visible+label{outline:3px solid var(--a);outline-offset:3px}
.e{display:flex;justify-content:space-between;gap:16px;margin:8px 0 0;font-size:14px;color:#514d45}
.e :last-child{text-align:end}
textarea{inline-size:100%;min-block-size:110px;padding:10px 12px;border:1px solid #8b8578;border-radius:6px;font:inherit;font-size:16px;background:#fff;color:inherit;resize:vertical}
svg.f{inline-size:52px;block-size:52px;fill:none;stroke-width:3.2;stroke-linecap:round}
.s{margin:0;color:#b1261c;font-weight:500}
.s:empty{display:none}
.n{margin:0;font-size:14px;color:#514d45}
.n a{color:var(--a)}
.c{display:flex;flex-wrap:wrap;gap:12px}
.c .p{flex:1}
.h{position:absolute;inset-inline-start:-9999px;inline-size:1px;block-size:1px;overflow:hidden}
@media(prefers-reduced-motion:no-preference){dialog[open]{animation:i .15s ease-out}@keyframes i{from{transform:translateY(8px)}}}
`;
