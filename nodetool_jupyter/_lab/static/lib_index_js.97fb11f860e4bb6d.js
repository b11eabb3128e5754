"use strict";(self.rspackChunknodetool_jupyter=self.rspackChunknodetool_jupyter||[]).push([["lib_index_js"],{"./lib/index.js"(t,e,n){n.r(e),n.d(e,{default:()=>tI});var s=n("webpack/sharing/consume/default/@jupyterlab/coreutils"),i=n("webpack/sharing/consume/default/@jupyterlab/rendermime"),o=n("webpack/sharing/consume/default/@jupyterlab/translation"),a=n("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),r=n.n(a),l=n("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),d=n.n(l),h=n("./node_modules/style-loader/dist/runtime/insertBySelector.js"),c=n.n(h),u=n("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),_=n.n(u),p=n("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),g=n.n(p),m=n("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),w=n.n(m),v=n("./node_modules/css-loader/dist/cjs.js!./style/view.css"),f={};f.styleTagTransform=w(),f.setAttributes=_(),f.insert=c().bind(null,"head"),f.domAPI=d(),f.insertStyleElement=g(),r()(v.A,f),v.A&&v.A.locals&&v.A.locals;var b=n("webpack/sharing/consume/default/@lumino/coreutils"),x=n("webpack/sharing/consume/default/@jupyterlab/services");async function k(t,e=2e3){let n=0;return Promise.race([t,new Promise((t,s)=>{n=window.setTimeout(()=>s(Error("no answer in time")),e)})]).finally(()=>window.clearTimeout(n))}let y="nodetool.views",j=new Set(["cancel","retry"]);class M{static async open(t){let e=[t.createComm("nodetool.control"),t.createComm(y,y)];for(let n of(await t.info,t.supportsSubshells&&"disabled"!==t.commsOverSubshells&&await k(Promise.all(e.map(t=>t.subshellStarted))).catch(()=>void 0),e))n.open();return new M(...e)}constructor(t,e){this._control=t,this._views=e,this._waiting=new Map,this._number=0,t.onMsg=t=>{let e=t.content.data;this._waiting.get(e.id)?.(e)}}request(t){if(!j.has(t.type))return this._views.send(t),Promise.resolve({ok:!0});let e=this._number+=1,n=new Promise(t=>this._waiting.set(e,t));return this._control.send({id:e,...t}),k(n).finally(()=>this._waiting.delete(e))}dispose(){this._control.dispose(),this._views.dispose()}}let S=Object.freeze(Object.create(null));function C(t){return"object"==typeof t&&null!==t&&!Array.isArray(t)}function A(t){return C(t)?t:S}function $(t){return Array.isArray(t)?t:[]}function O(t){return"string"==typeof t?t:"number"==typeof t?String(t):""}function q(t){return"number"==typeof t&&Number.isFinite(t)?t:null}function z(t){let e=q(t);return null===e?null:Math.min(1,Math.max(0,e))}function E(t){let e=(t,e)=>Math.min(1e6,Math.max(e,t));return{x:e(q(t.x)??0,-1e6),y:e(q(t.y)??0,-1e6),w:e(q(t.w)??8,8),h:e(q(t.h)??8,8)}}let L="nodetool.hello",T="nodetool_request";class N{constructor(t,e,n,s){this.kernel=t,this._page=e,this._hear=n,this._changed=s,this._greeted=t=>{t.subshellStarted?.then(()=>t.dispose()),this._connect(!0)},this._onMessage=(t,e)=>{if(x.KernelMessage.isCommMsgMsg(e)&&"nodetool.views"===e.content.comm_id){let t=e.content.data;C(t)&&this._hear(t)}},this._onStatus=(t,e)=>{("restarting"===e||"autorestarting"===e||"dead"===e)&&this._forget()},this._onConnection=(t,e)=>{"connected"===e?this._ask():this._forget()},this._acquaintance="stranger",this._comms=null,this._round=0,this._knocking=0,this._disposed=!1}begin(){let{kernel:t}=this;t.registerCommTarget(L,this._greeted),t.iopubMessage.connect(this._onMessage),t.statusChanged.connect(this._onStatus),t.connectionStatusChanged.connect(this._onConnection),t.disposed.connect(this.dispose,this),"connected"===t.connectionStatus&&this._ask()}get acquaintance(){return this._acquaintance}get isDisposed(){return this._disposed}request(t){let e={...t,page:this._page};return this._comms?this._comms.request(e):this._byControl(e)}knock(){this._knocking||(this._knocking=window.setTimeout(()=>{this._knocking=0,"asked"===this._acquaintance&&this._connect(!1)},300))}dispose(){this._disposed||(this._disposed=!0,window.clearTimeout(this._knocking),this._acquaintance="stranger",this._comms?.dispose(),this.kernel.isDisposed||(this.kernel.iopubMessage.disconnect(this._onMessage),this.kernel.statusChanged.disconnect(this._onStatus),this.kernel.connectionStatusChanged.disconnect(this._onConnection),this.kernel.disposed.disconnect(this.dispose,this),this.kernel.removeCommTarget(L,this._greeted)),this._changed())}async _ask(){this._become("asked");let t=this._round+=1,e=!1;try{let{content:t}=await this.kernel.requestCommInfo({target_name:L});e="ok"===t.status&&Object.keys(t.comms).length>0}catch{}t!==this._round||this._disposed||"met"===this._acquaintance||(e?await this._connect(!0):this._become("stranger"))}async _connect(t){let e=this._round;try{if((await this._byControl({type:"connect",page:this._page},t?4e3:6e4)).ok){this._comms?.dispose(),this._comms=null,this._become("met",e);return}}catch{}t&&e===this._round&&!this._disposed&&this.kernel.handleComms&&(this._comms??(this._comms=await M.open(this.kernel)),this._become("met",e))}_become(t,e=this._round){t===this._acquaintance||e!==this._round||this._disposed||(this._acquaintance=t,this._changed())}_byControl(t,e){let n=x.KernelMessage.createMessage({msgType:T,channel:"control",username:this.kernel.username,session:this.kernel.clientId,content:t}),s=this.kernel.sendControlMessage(n,!0,!1);return s.done.catch(()=>void 0),k(new Promise(t=>{s.onReply=e=>t(e.content)}),e).finally(()=>s.dispose())}_forget(){this._round+=1,this._comms?.dispose(),this._comms=null,this._become("stranger")}}function P(t){return Array.isArray(t)?t.map(P):C(t)?F(t):t}function F(t){let e=Object.create(null);for(let n of Object.keys(t))e[n]=P(t[n]);return e}function D(t,e){for(let n of Object.keys(e)){let s=e[n];if(null===s)delete t[n];else if(C(s)){let e=t[n],i=C(e)?e:Object.create(null);t[n]=i,D(i,s)}else t[n]=P(s)}}class B{constructor(){this.views=new Set,this._state=null,this._last=0}take(t){switch(t.type){case"snapshot":return this._state=F(t.state),this._last=0,this._each(e=>{e.snapshot(t.state),e.connect("live")}),!0;case"patch":return this._patch(t.n,t.patch);case"detail":return this._each(e=>e.detail(t.node,t.detail)),!0;case"gone":return this.lose("static"),!0}}add(t){this.views.add(t),null!==this._state&&(t.snapshot(this._state,this._last),t.connect("live"))}lose(t){this._state=null,this._each(e=>e.connect(t))}get live(){return null!==this._state}_patch(t,e){return null!==this._state&&t===this._last+1&&(this._last=t,D(this._state,e),this._each(n=>n.patch(t,e)),!0)}_each(t){for(let e of this.views)t(e)}}class I{constructor(){this._page=b.UUID.uuid4(),this._sessions=new Set,this._links=new Map,this._told=new Map,this._placed=new Set}adopt(t){if(this._sessions.has(t))return;this._sessions.add(t);let e=()=>this._listen(t.session?.kernel??null);t.kernelChanged.connect(e),t.disposed.connect(()=>this._sessions.delete(t)),e()}place(t,e){let n={view:t,session:e};return this._placed.add(n),this._settle(n),()=>{this._placed.delete(n),this._leave(t)}}linkOf(t){return{request:(e,n)=>this.request(e,n,t.session()),detail:(e,n)=>this._linkFor(e,t.session())?.request({type:"detail",job:e,node:n}).catch(K)}}request(t,e,n){let s=this._linkFor(e,n);return s?s.request({type:t,job:e}):Promise.reject(Error("no kernel"))}reaches(t){return null!==this._linkFor(t,null)}_listen(t){let e=t&&this._links.get(t.id);if(null===t||t.isDisposed||e?.kernel===t||e&&!t.handleComms)return void this._settleAll();this._links.delete(t.id),e?.dispose();let n=new N(t,this._page,t=>this._take(n,t),()=>this._met(n));this._links.set(t.id,n),n.begin(),this._settleAll()}_met(t){if(t.isDisposed&&this._links.get(t.kernel.id)===t)for(let{session:e}of(this._links.delete(t.kernel.id),this._sessions))e?.kernel?.id===t.kernel.id&&e.kernel!==t.kernel&&this._listen(e.kernel);if("met"!==t.acquaintance)for(let[e,n]of this._told)n.link===t&&(n.track.lose("static"),this._told.delete(e));this._settleAll()}_settleAll(){this._placed.forEach(t=>this._settle(t))}_settle({view:t,session:e}){let n=this._linkFor(t.job,e());if(null===n||"stranger"===n.acquaintance)return void t.connect("static");if(t.ended)return void t.connect("met"===n.acquaintance?"live":"static");if("asked"===n.acquaintance){t.connect("waiting"),n.knock();return}let s=this._toldBy(n,t.job);s.track.views.has(t)||s.track.add(t),s.track.live||(t.connect("waiting"),this._follow(t.job,s))}_follow(t,e){let n=performance.now();n-e.asked>=1e3&&(e.asked=n,e.link.request({type:"follow",job:t}).catch(()=>e.track.lose("static")))}_take(t,e){let n=O(e.job);if(!n)return;let s=this._toldBy(t,n);!s.track.take(e)&&s.track.views.size&&this._follow(n,s),this._placed.forEach(t=>{t.view.job!==n||s.track.views.has(t.view)||this._settle(t)})}_toldBy(t,e){let n=this._told.get(e);if(n?.link===t)return n;let s={link:t,track:new B,asked:-1/0};n?.track.views.forEach(t=>s.track.views.add(t)),this._told.set(e,s);let i=[...this._told].filter(([,{track:t}])=>0===t.views.size);return i.length>32&&this._told.delete(i[0][0]),s}_leave(t){let{job:e}=t,n=this._told.get(e);n?.track.views.delete(t)&&0===n.track.views.size&&(this._told.delete(e),n.link.isDisposed||"met"!==n.link.acquaintance||n.link.request({type:"unfollow",job:e}).catch(K))}_linkFor(t,e){let n=e?.session?.kernel?.id;return(void 0===n?this._told.get(t)?.link:this._links.get(n))??null}}function K(){}var G=n("webpack/sharing/consume/default/@lumino/widgets");let R={queued:"M8 5v3.2l2 1.4",waiting:"",starting:"M5.6 8h4.8",running:"M6.7 5.4v5.2L10.8 8z",suspended:"M6.5 5.8v4.4M9.5 5.8v4.4",completed:"M5 8.2l2.1 2.1L11.2 6",error:"M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",cancelled:"M4.6 11.4l6.8-6.8",bypassed:"M5 9.2c1-3 4.4-3 5.6-.6M10.9 6v2.8H8.2",not_run:"M5.4 8h5.2"},W={starting:"run",running:"run",suspended:"halt",completed:"good",error:"bad",cancelled:"halt"};function H(t){return Object.hasOwn(W,t)?W[t]:"idle"}let J=new Set(["completed","error","cancelled"]);function U(t){return t<.001?"< 1 ms":t<.9995?`${(1e3*t).toFixed(0)} ms`:t<9.995?`${t.toFixed(2)} s`:t<59.95?`${t.toFixed(1)} s`:X(t)}function V(t){return t<60?`${Math.max(0,Math.floor(t))} s`:X(Math.floor(t))}function X(t){let e=Math.round(t),n=Math.floor(e/60),s=t=>String(t).padStart(2,"0");return n<60?`${n} min ${s(e%60)} s`:`${Math.floor(n/60)} h ${s(n%60)} min`}function Y(t){return Math.trunc(t).toString().replace(/\B(?=(\d{3})+$)/g,",")}function Z(t){let e=new Date(1e3*t);if(Number.isNaN(e.getTime()))return"";let n=t=>String(t).padStart(2,"0"),s=`${n(e.getHours())}:${n(e.getMinutes())}:${n(e.getSeconds())}`,i=`${e.getFullYear()}-${n(e.getMonth()+1)}-${n(e.getDate())}`;return e.toDateString()===new Date().toDateString()?s:`${i} ${s}`}let Q=/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]/g;function tt(t){return t.replace(/\r\n/g,"\n").replace(Q,"�")}function te(t,e={},...n){let s=document.createElement(t);for(let t of Object.keys(e)){let n=e[t];null!=n&&s.setAttribute(t,n)}for(let t of n)null!==t&&s.append("string"==typeof t?tt(t):t);return s}function tn(t,e={},...n){let s=document.createElementNS("http://www.w3.org/2000/svg",t);for(let t of Object.keys(e))s.setAttribute(t,e[t]);return s.append(...n),s}function ts(t,e){let n=tt(e);t.textContent!==n&&(t.textContent=n)}function ti(t,e,n){null===n?t.removeAttribute(e):t.getAttribute(e)!==tt(n)&&t.setAttribute(e,tt(n))}class to{constructor(){this._status="",this._done=-1,this._turning=!1,this._ring=tn("circle",{class:"nt-arc",cx:"8",cy:"8",r:"7",pathLength:"100"}),this._path=tn("path",{class:"nt-stroke"}),this.element=tn("svg",{class:"nt-sign",viewBox:"0 0 16 16","aria-hidden":"true",focusable:"false"},tn("circle",{class:"nt-track",cx:"8",cy:"8",r:"7"}),this._ring,this._path)}show(t,e){let n=Object.hasOwn(R,t)?R[t]:"";t!==this._status&&(this._status=t,this._path.setAttribute("d",n),this.element.setAttribute("data-status",t),this.element.setAttribute("data-tone",H(t)));let s="running"===t&&null===e,i="completed"===t?100:s?28:Math.round(100*(e??0));(i!==this._done||s!==this._turning)&&(this._done=i,this._turning=s,ti(this.element,"data-turning",s?"":null),this._ring.setAttribute("stroke-dasharray",`${i} 100`))}}class ta{constructor(){this.element=te("div",{class:"nt-unseen",role:"status","aria-live":"polite"}),this._speak=()=>{this._timer=0,this._last=performance.now(),ts(this.element,this._pending)},this._pending="",this._timer=0,this._last=-1/0}say(t){if(this._pending=t,!this._timer){let t=this._last+1e4-performance.now();t<=0?this._speak():this._timer=window.setTimeout(this._speak,t)}}dispose(){window.clearTimeout(this._timer)}}class tr{constructor(t){this._draw=t,this._asked=0}ask(){this._asked||(this._asked=requestAnimationFrame(()=>{this._asked=0,this._draw()}))}dispose(){cancelAnimationFrame(this._asked),this._asked=0}}class tl{constructor(t,e){this._tick=e,this._set=()=>{let t=this._wanted&&this._shown&&"visible"===document.visibilityState;t&&!this._timer?(this._timer=window.setInterval(this._tick,1e3),this._tick()):!t&&this._timer&&(window.clearInterval(this._timer),this._timer=0)},this._wanted=!1,this._shown=!1,this._timer=0,this._watch=new IntersectionObserver(t=>{this._shown=t[t.length-1]?.isIntersecting??!1,this._set()}),this._watch.observe(t),document.addEventListener("visibilitychange",this._set)}want(t){this._wanted=t,this._set()}dispose(){this._wanted=!1,this._set(),this._watch.disconnect(),document.removeEventListener("visibilitychange",this._set)}}class td{constructor(t,e,n){this.id=t,this._still=e,this._strings=n,this._sign=null,this._shownStatus="",this._figures=te("span",{class:"nt-card-figures"}),this._time=te("span",{class:"nt-card-time"}),this._sent=te("span",{class:"nt-card-sent"}),this._bar=te("span",{class:"nt-card-bar","aria-hidden":"true"}),this.box=E(e);let{x:s,y:i,w:o,h:a}=this.box;this._name=O(e.name)||t;let r=O(e.kind),l=this._name===O(e.type)&&r.includes(".");this._type=l?r.slice(0,r.lastIndexOf(".")):O(e.type),this.element=te("div",{class:"nt-card",role:"button",tabindex:"-1"}),this.element.style.cssText=`left:${s}px;top:${i}px;width:${o}px;height:${a}px`}draw(t,e,n){let s=this._status(t),i=z(t.node(this.id).part);if(this._shownStatus!==s&&(this._shownStatus=s,this.element.dataset.status=s,this.element.dataset.tone=H(s)),ti(this.element,"aria-label",this._label(t,s,i)),n){this._fill(),this._sign?.show(s,i);let n="running"===s&&null!==i;this._bar.hidden=!n,n&&(this._bar.style.transform=`scaleX(${i.toFixed(3)})`),this.tick(t,e)}}tick(t,e){if(this._sign){let n=this._items(t),[s,i]=[this._spent(t,e),n>1?`${Y(n)} →`:""];ts(this._time,s),ts(this._sent,i),this._figures.hidden=!s&&!i}}running(t){return"running"===t.nodeStatus(this.id)}_status(t){let e=t.nodeStatus(this.id);return"waiting"===e&&!0===this._still.bypassed?"bypassed":e}_spent(t,e){let n=t.node(this.id),s=this._shownStatus;if("waiting"===s)return"";let i=q(n.ended),o=t.span(q(n.started),i,e&&!t.ended);return null!==o?null===i?V(o):U(o):"completed"===s||"running"===s?"":this._strings.state(s)}_items(t){return q(t.node(this.id).items)??0}_label(t,e,n){let s="running"===e&&null!==n?`${Math.floor(100*n)} %`:"",i=this._items(t),o=i>1?this._strings.items(i,Y(i)):"";return[this._name,this._type,this._strings.state(e),s,o].filter(Boolean).join(", ")}_fill(){this._sign||(this._sign=new to,this._figures.append(this._time,this._sent),this.element.append(this._sign.element,te("span",{class:"nt-card-name",title:this._name},this._name),te("span",{class:"nt-card-type",title:O(this._still.kind)||this._type},this._type),this._figures,this._bar))}}class th{constructor(){this.element=tn("svg",{class:"nt-edges","aria-hidden":"true",focusable:"false"}),this._dim=()=>{let t=performance.now(),e=1/0;for(let[n,s]of this._lit)s<=t?(n.classList.remove("nt-lit"),this._lit.delete(n)):e=Math.min(e,s);this._timer=1/0===e?0:window.setTimeout(this._dim,e-t+1)},this._paths=new Map,this._counts=new Map,this._lit=new Map,this._timer=0,this._dots=0}build(t,e){var n,s;let i;this.dispose();let o=(n=t,s=e,Object.keys(i=A(n.part("graph").edges)).flatMap(t=>{let e=A(i[t]),n=s.get(O(e.from)),o=s.get(O(e.to)),a={out:O(e.from_handle),into:O(e.to_handle)};return n&&o?[{key:t,from:n,to:o,...a,control:!0===e.control}]:[]})),a=function(t){let e=new Map,n=t=>{let n=e.get(t)??{out:new Map,into:new Map};return e.set(t,n),n},s=(t,e,n)=>t.set(e,Math.min(n,t.get(e)??1/0));for(let e of t)s(n(e.from).out,e.out,e.to.y),s(n(e.to).into,e.into,e.from.y);let i=(t,e,n)=>{let s=[...e.keys()].sort((t,n)=>(e.get(t)??0)-(e.get(n)??0));return t.y+t.h*(s.indexOf(n)+1)/(s.length+1)};return t=>({x1:t.from.x+t.from.w,y1:i(t.from,n(t.from).out,t.out),x2:t.to.x,y2:i(t.to,n(t.to).into,t.into)})}(o),r=o.map(t=>{let e=tn("path",{class:"nt-edge",d:function({x1:t,y1:e,x2:n,y2:s}){let i=n<t?Math.min(160,60+(t-n)/4):Math.max(16,(n-t)/2),[o,a]=[(t+i).toFixed(1),(n-i).toFixed(1)];return`M${t} ${e.toFixed(1)}C${o} ${e.toFixed(1)} ${a} ${s.toFixed(1)} ${n} ${s.toFixed(1)}`}(a(t))});return ti(e,"data-control",t.control?"true":null),this._paths.set(t.key,e),e}),l=o.flatMap(t=>{let{x1:e,y1:n,x2:s,y2:i}=a(t);return[[e,n],[s,i]].map(([t,e])=>tn("circle",{class:"nt-port",cx:String(t),cy:String(e),r:"2.5"}))});for(let e of(this.element.replaceChildren(...r,tn("g",{class:"nt-ports"},...l)),this._counts.clear(),this._paths.keys()))this.count(t,e,!1)}count(t,e,n){let s=this._paths.get(e),i=q(t.part("edges")[e])??0,o=this._counts.get(e)??0;s&&i!==o&&(this._counts.set(e,i),ti(s,"data-passed",i>0?"true":null),n&&i>o&&this._light(s))}dispose(){window.clearTimeout(this._timer),this._timer=0,this._lit.clear(),this._paths.clear()}_light(t){this._lit.has(t)||(t.classList.add("nt-lit"),this._travel(t)),this._lit.set(t,performance.now()+900),this._timer||(this._timer=window.setTimeout(this._dim,900))}_travel(t){if(window.matchMedia("(prefers-reduced-motion: reduce)").matches||this._dots>=24||"function"!=typeof t.animate)return;let e=tn("circle",{class:"nt-dot",r:"3.5"});e.style.offsetPath=`path('${t.getAttribute("d")}')`,this.element.append(e),this._dots+=1;let n=()=>{e.remove(),this._dots-=1};e.animate([{offsetDistance:"0%"},{offsetDistance:"100%"}],{duration:800,easing:"ease-in-out"}).finished.then(n,n)}}let tc={"+":1.4,"=":1.4,"-":1/1.4,0:0};class tu{constructor(t,e){this._acts=e,this._boxes=new Map,this._edges=[],this._order=[],this._here=null,this._element=()=>null,t.addEventListener("keydown",t=>{!t.altKey&&!t.ctrlKey&&!t.metaKey&&this._press(t.key)&&(t.preventDefault(),t.stopPropagation())}),t.addEventListener("focusin",()=>{null!==this._here&&t.querySelector(":focus-visible")&&this._acts.reveal(this._here)})}build(t,e,n){this._boxes=t,this._edges=e,this._element=n,this._order=[...t.keys()].sort((e,n)=>{var s,i;return s=t.get(e),i=t.get(n),s&&i?s.x-i.x||s.y-i.y:0});let s=null!==this._here&&t.has(this._here)?this._here:this._order[0]??null;this._here=null,null!==s&&this.stand(s)}stand(t){null!==this._here&&this._element(this._here)?.setAttribute("tabindex","-1"),this._here=t,this._element(t)?.setAttribute("tabindex","0")}_press(t){let e=this._here;if(null===e)return!1;if("Enter"===t||" "===t)return this._acts.open(e),!0;if(Object.hasOwn(tc,t))return this._acts.zoom(tc[t]),!0;let n=this._next(e,t);return void 0!==n&&(null!==n&&n!==e&&(this.stand(n),this._element(n)?.focus({preventScroll:!0})),!0)}_next(t,e){switch(e){case"ArrowRight":return this._nearest(t,this._edges.filter(([e])=>e===t).map(([,t])=>t));case"ArrowLeft":return this._nearest(t,this._edges.filter(([,e])=>e===t).map(([t])=>t));case"ArrowDown":return this._beside(t,1);case"ArrowUp":return this._beside(t,-1);case"Home":return this._order[0]??null;case"End":return this._order[this._order.length-1]??null;default:return}}_nearest(t,e){let n=t_(this._boxes.get(t)),s=t=>Math.abs(t_(this._boxes.get(t))-n);return e.reduce((t,e)=>null===t||s(e)<s(t)?e:t,null)}_beside(t,e){let n=this._boxes.get(t),s=this._order.filter(t=>{let s=this._boxes.get(t);return(t_(s)-t_(n))*e>0&&s.x<n.x+n.w&&n.x<s.x+s.w});return this._nearest(t,s)??this._order[this._order.indexOf(t)+e]??null}}function t_(t){return t?t.y+t.h/2:0}var tp=n("./node_modules/d3-selection/dist/d3-selection.mjs"),tg=n("./node_modules/d3-zoom/dist/d3-zoom.mjs");let[tm,tw]=[96,400];class tv{constructor(t,e){this._changed=e,this.layer=te("div",{class:"nt-layer"}),this.view=te("div",{class:"nt-stage"}),this._view=(0,tp.Lt)(this.view),this._now=tg.GS,this._content=[1,1],this._width=0,this._height=tm,this._moved=!1,this.view.append(this.layer);let n=(t,e,n)=>{let s=te("button",{type:"button",class:"nt-tool","aria-label":t,title:t},e);return s.addEventListener("click",n),s},s=te("div",{class:"nt-tools"},n(t.zoomIn,"+",()=>this.scale(1.4)),n(t.zoomOut,"−",()=>this.scale(1/1.4)),n(t.fit,"⤢",()=>this.fit()));this.element=te("div",{class:"nt-stage-frame"},this.view,s),this._behaviour=(0,tg.s_)().scaleExtent([.02,2.5]).extent(()=>[[0,0],[this._width,this._height]]).filter(tf).on("start",()=>this.view.classList.add("nt-moving")).on("zoom",t=>{this._moved||(this._moved=null!==t.sourceEvent),this._place(t.transform)}).on("end",()=>this.view.classList.remove("nt-moving")),this._view.call(this._behaviour).on("dblclick.zoom",null),this._watch=new ResizeObserver(t=>{let e=t[t.length-1]?.contentRect;e&&e.width>0&&(e.width!==this._width||e.height!==this._height)&&this._resize(e.width,e.height)}),this._watch.observe(this.view)}get near(){return this._now.k>=.42}content(t,e){this._content=[Math.max(1,t),Math.max(1,e)],this._moved=!1,this._resize(this.view.clientWidth||this._width||800,this.view.clientHeight)}_resize(t,e){this._width=t;let[n,s]=this._content,i=Math.round(Math.min(tw,Math.max(tm,s*Math.min(1,(t-16)/n)+16)));this._height=Math.max(i,e),this.view.style.minHeight=`${i}px`,this._moved||this.fit()}fit(){let[t,e]=this._content,n=t=>Math.max(1,t-16),s=Math.max(.02,Math.min(1,n(this._width)/t,n(this._height)/e)),[i,o]=[(this._width-t*s)/2,(this._height-e*s)/2];this._view.call(this._behaviour.transform,tg.GS.translate(i,o).scale(s)),this._moved=!1}scale(t){this._moved=!0,this._view.call(this._behaviour.scaleBy,t)}reveal({x:t,y:e,w:n,h:s},i){let o=this.near?this._now.k:Math.max(.78,this._now.k),a=o===this._now.k?this._now:this._around(t+n/2,e+s/2,o),r=(t,e,n)=>t<8?8-t:Math.min(0,n-8-(t+e)),l=r(t*o+a.x,n*o,this._width-i),d=r(e*o+a.y,s*o,this._height);(l||d||a!==this._now)&&this._view.call(this._behaviour.transform,tg.GS.translate(a.x+l,a.y+d).scale(o))}rest(){this._moved||this.fit()}dispose(){this._watch.disconnect(),this._view.on(".zoom",null)}_around(t,e,n){return tg.GS.translate(this._width/2-t*n,this._height/2-e*n).scale(n)}_place(t){let e=this.near,n=this._now===tg.GS,s=t.k<.78&&t.k>=.42;(n||s!==this.view.classList.contains("nt-small"))&&this.view.classList.toggle("nt-small",s),this._now=t,this.layer.style.transform=`translate(${t.x}px,${t.y}px) scale(${t.k})`,(n||e!==this.near)&&(this.view.classList.toggle("nt-far",!this.near),this._changed(this.near))}}function tf(t){return t instanceof WheelEvent?t.ctrlKey||t.metaKey:"u">typeof TouchEvent&&t instanceof TouchEvent?t.touches.length>1:t instanceof MouseEvent&&0===t.button&&!t.ctrlKey}class tb{constructor(t,e,n){this._model=t,this._strings=e,this._open=n,this._behind=te("div",{class:"nt-behind"}),this._edges=new th,this._known=new Map,this._busy=new Set,this._ids=new WeakMap,this._live=!1,this._stage=new tv(e,()=>this._drawAll()),this.element=this._stage.element,this._cards=te("div",{class:"nt-cards",role:"group"}),this._stage.layer.append(this._behind,this._edges.element,this._cards),this._walk=new tu(this._cards,{open:t=>this._open(t,!0),zoom:t=>0===t?this._stage.fit():this._stage.scale(t),reveal:t=>this.reveal(t)}),this._cards.addEventListener("click",t=>{let e=this._nodeAt(t.target);null!==e&&(this._walk.stand(e),this._open(e,!1))})}build(t){var e,n,s,i,o;let a,r;this._live=t;let l=this._model.part("graph"),d=A(l.nodes);for(let t of(this._known.clear(),Object.keys(d)))this._known.set(t,new td(t,A(d[t]),this._strings));let h=new Map([...this._known].map(([t,e])=>[t,e.box]));this._cards.replaceChildren(...[...this._known.values()].map(t=>t.element)),this._cards.setAttribute("aria-label",this._strings.graph(h.size)),this._ids=new WeakMap([...this._known].map(([t,e])=>[e.element,t])),this._behind.replaceChildren(...this._groups(),...this._comments()),this._edges.build(this._model,h),this._walk.build(h,(e=this._model,n=h,Object.keys(a=A(e.part("graph").edges)).map(t=>A(a[t])).map(t=>[O(t.from),O(t.to)]).filter(([t,e])=>n.has(t)&&n.has(e))),t=>this._known.get(t)?.element??null),this.element.hidden=0===h.size,this._stage.content(...(s=q(l.width),i=q(l.height),o=[...h.values()],[(r=(t,e)=>e.reduce((t,e)=>Math.max(t,e),t??1))(s,o.map(({x:t,w:e})=>t+e)),r(i,o.map(({y:t,h:e})=>t+e))])),this._drawAll()}draw(t,e,n){for(let n of(this._live=t,tx(e)))this._drawNode(n);this._running();let s=t&&"visible"===document.visibilityState?48:0;for(let t of tx(n))this._edges.count(this._model,t,s>0),s-=1}tick(t){if(this._stage.near)for(let e of this._busy)e.tick(this._model,t)}select(t){for(let t of this._cards.querySelectorAll('[aria-expanded="true"]'))t.setAttribute("aria-expanded","false");null===t?this._stage.rest():this._known.get(t)?.element.setAttribute("aria-expanded","true")}reveal(t,e=0){let n=this._known.get(t);n&&this._stage.reveal(n.box,e)}focus(t){this._walk.stand(t),this._known.get(t)?.element.focus({preventScroll:!0})}dispose(){this._stage.dispose(),this._edges.dispose()}_drawAll(){for(let t of(this._busy.clear(),this._known.keys()))this._drawNode(t);this._running()}_drawNode(t){let e=this._known.get(t);e&&(e.draw(this._model,this._live,this._stage.near),e.running(this._model)?this._busy.add(e):this._busy.delete(e))}_running(){this._cards.classList.toggle("nt-turning",this._live&&this._busy.size>0&&this._busy.size<=40)}_groups(){let t=A(this._model.part("graph").groups);return Object.keys(t).map(e=>{let n=A(t[e]);return tk(te("div",{class:"nt-group"},te("span",{},O(n.name))),E(n))})}_comments(){let t=A(this._model.part("graph").comments);return Object.keys(t).map(e=>{let n=A(t[e]);return tk(te("div",{class:"nt-comment"},O(n.text)),E(n))})}_nodeAt(t){let e=t instanceof Element?t.closest(".nt-card"):null;return(e&&this._ids.get(e))??null}}function tx(t){let e=[];for(let n of t){if(80===e.length)break;e.push(n),t.delete(n)}return e}function tk(t,{x:e,y:n,w:s,h:i}){return t.style.cssText=`left:${e}px;top:${n}px;width:${s}px;height:${i}px`,t}let ty="cancelled_by_user";class tj{constructor(t,e,n){this._model=t,this._strings=e,this._sign=new to,this._word=te("span"),this._name=te("span",{class:"nt-name"}),this._last=te("span",{class:"nt-last"}),this._id=te("button",{type:"button",class:"nt-button nt-id"}),this._fill=te("div",{class:"nt-fill"}),this._figures=te("dl",{class:"nt-figures"}),this._notice=te("p",{class:"nt-notice",role:"alert"}),this._trouble=te("p",{class:"nt-trouble"}),this._message=te("span"),this._shown="",this._names="",this._cancel=te("button",{type:"button",class:"nt-button"},e.cancel),this._retry=te("button",{type:"button",class:"nt-button"},e.retry),this._cancel.addEventListener("click",()=>n.request("cancel")),this._retry.addEventListener("click",()=>n.request("retry")),this._id.addEventListener("click",()=>void this._copy()),this._show=te("button",{type:"button",class:"nt-link"},e.showFailed),this._show.addEventListener("click",()=>n.showNode(O(this._model.job.failed_node))),this._bar=te("div",{class:"nt-bar",role:"progressbar","aria-label":e.progress,"aria-valuemin":"0","aria-valuemax":"100"}),this._bar.append(this._fill),this._trouble.append(this._message,this._show),this.element=te("header",{class:"nt-header"},te("div",{class:"nt-title"},te("span",{class:"nt-state"},this._sign.element,this._word),this._name,this._last,te("span",{class:"nt-acts"},this._id,this._cancel,this._retry)),this._bar,this._figures,this._notice,this._trouble)}draw(t){let{job:e,status:n,ended:s}=this._model,i=this._strings,o=!0===e.cancel_requested&&!s,a="cancelled"===n&&e.reason===ty;this._sign.show(n,z(e.progress)??0),ti(this.element,"data-tone",H(n)),ts(this._word,o?i.cancelling:a?i.cancelledByYou:i.state(n));let r=O(e.name)||i.unnamed;ts(this._name,r),ti(this._name,"title",r);let l=O(e.id);this._id.classList.contains("nt-done")||ts(this._id,l),ti(this._id,"aria-label",i.copy(l)),ti(this._id,"title",i.copy(l));let d="static"!==t;this._cancel.hidden=s||!d,this._cancel.disabled=!0===e.cancel_requested,this._retry.hidden=!d||"error"!==n&&"cancelled"!==n,this._progress(),this._place(t),this._explain(),this.tick(t)}tick(t){let e=this._collect("live"===t),n=JSON.stringify(e);if(n===this._shown)return;let s=e.map(([t])=>t).join();s!==this._names&&(this._names=s,this._figures.replaceChildren(...e.map(([t])=>te("div",{class:"nt-figure"},te("dt",{},t),te("dd"))))),e.forEach(([,t],e)=>{ts(this._figures.children[e]?.lastElementChild,t)}),this._shown=n}notice(t){ts(this._notice,t)}_collect(t){let{job:e,status:n,ended:s}=this._model,i=this._strings,o=[],a=(t,e)=>e&&o.push([t,e]),r=q(e.all);a(i.nodes,r?`${Y(q(e.done)??0)} / ${Y(r)}`:null);let l=this._model.span(q(e.started),q(e.ended),t);if(a(s?i.took:i.elapsed,null===l?null:s?U(l):V(l)),"running"===n&&t){let n=q(e.left),s=(this._model.now(t)??0)-(this._model.at??0);a(i.left,null===n?i.unknown:`~ ${V(Math.ceil(n-s))}`)}let d=(t,e)=>a(t,null===e?null:function(t){if(t<1e3)return`${Math.trunc(t)} bytes`;for(let e of["kB","MB","GB"])if((t/=1e3)<999.5)return`${Number(t.toPrecision(3))} ${e}`;return`${Number((t/1e3).toPrecision(3))} TB`}(e));d(i.memory,q(e.memory)),d(i.gpu,q(e.gpu_memory));let h=q(e.cpu);a(i.cpu,null===h||s?null:`${Math.round(100*h)} %`),a(i.where,O(e.strategy));let c=q(e.attempt)??1;return a(i.attempt,c>1?String(c):null),o}_progress(){let{job:t}=this._model,e=z(t.progress)??0,n=Math.floor(100*e);ti(this._bar,"aria-valuenow",String(n));let s=[String(q(t.done)??0),String(q(t.all)??0)];ti(this._bar,"aria-valuetext",this._strings.percent(String(n),...s)),this._fill.style.transform=`scaleX(${e.toFixed(4)})`}_place(t){let e=this._strings,n=this._model.at,s="live"!==t&&!this._model.ended;if(this._last.hidden=!s,s){let s="waiting"===t?e.connecting:e.notConnected;ts(this._last,null===n?s:`${e.lastKnown(Z(n))} \xb7 ${s}`)}}_explain(){let{job:t,status:e,ended:n}=this._model,s=this._strings,i=O(t.reason),o=q(t.queue_position),a=["queued"===e&&null!==o?s.queue(o):"",n&&"completed"!==e&&i&&i!==ty?s.reason(i):"",O(t.error)||O(t.message),!0===t.winding_down?s.windingDown:""].filter(Boolean),r=O(t.failed_node);this._trouble.hidden=0===a.length,this._show.hidden=!r;let l=a.join(" \xb7 ");ts(this._message,l.charAt(0).toUpperCase()+l.slice(1))}async _copy(){try{await navigator.clipboard.writeText(this._model.id)}catch{return}this._id.classList.add("nt-done"),ts(this._id,this._strings.copied),window.setTimeout(()=>{this._id.classList.remove("nt-done"),ts(this._id,this._model.id)},1200)}}let tM=["debug","info","warning","error"];function tS(t,e){let n=C(t)?t:{text:t},s=q(n.time),i=O(n.severity).toLowerCase();return te("div",{class:"nt-entry","data-severity":i},null===s?null:te("time",{},Z(s)),i&&"info"!==i?te("b",{},i):null,e?te("i",{},e):null,te("span",{},O(n.text)))}class tC{constructor(t,e){this._model=t,this._strings=e,this._count=te("span",{class:"nt-fold-count"}),this._latest=te("span",{class:"nt-latest"}),this._lines=te("div",{class:"nt-lines nt-scroll",tabindex:"0"}),this._order=[],this._drawn=new Map,this._follows=!0;let n=t=>te("option",{value:""},t);for(let t of(this._search=te("input",{type:"search",class:"nt-field",placeholder:e.filter,"aria-label":e.filter}),this._severity=te("select",{class:"nt-field","aria-label":e.everySeverity}),this._severity.append(n(e.everySeverity),...tM.map(t=>te("option",{value:t},t))),this._node=te("select",{class:"nt-field","aria-label":e.everyNode}),this._node.append(n(e.everyNode)),this._lines.addEventListener("scroll",()=>{let{scrollTop:t,clientHeight:e,scrollHeight:n}=this._lines;this._follows=t+e>=n-8}),[this._search,this._severity,this._node]))t.addEventListener("input",()=>this._list());this.element=te("details",{class:"nt-fold nt-log"},te("summary",{},te("span",{class:"nt-fold-title"},e.log),this._count,this._latest),te("div",{class:"nt-filter"},this._search,this._severity,this._node),this._lines),this.element.addEventListener("toggle",()=>this._list())}draw(){let t=this._model.part("log"),e=Object.keys(t).sort((t,e)=>Number(t)-Number(e));this._order=e;let n=q(this._model.job.lines_cut)??0,s=this._strings;this.element.hidden=0===e.length&&0===n;let i=s.lines(e.length,Y(e.length));ts(this._count,n?`${i} \xb7 ${s.cut(Y(n))}`:i);let o=e[e.length-1];ts(this._latest,void 0===o?"":O(A(t[o]).text).split("\n",1)[0]??""),this.element.open&&this._list()}_list(){if(!this.element.open)return;this._choices();let t=this._model.part("log"),e=this._order.filter(e=>this._wanted(A(t[e]))),n=new Map;for(let s of e){let e=A(t[s]),i=O(e.node);n.set(s,this._drawn.get(s)??tS(e,i&&this._model.nodeName(i)))}this._drawn=n;let s=this._order.length?this._strings.noMatch:this._strings.noLog;this._replace(e.length?[...n.values()]:[te("p",{class:"nt-none"},s)]),this._follows&&(this._lines.scrollTop=this._lines.scrollHeight)}_replace(t){let e=new Set(t);for(let t of[...this._lines.children])e.has(t)||t.remove();t.forEach((t,e)=>{this._lines.children[e]!==t&&this._lines.insertBefore(t,this._lines.children[e]??null)})}_wanted(t){let e=this._search.value.trim().toLowerCase(),n=tM.indexOf(this._severity.value),s=tM.indexOf(O(t.severity).toLowerCase()),i=this._node.value;return(!e||O(t.text).toLowerCase().includes(e))&&(n<0||s>=n)&&(!i||O(t.node)===i)}_choices(){let t=this._model.part("log"),e=new Set([...this._node.options].map(t=>t.value));for(let n of this._order){let s=O(A(t[n]).node);s&&!e.has(s)&&(e.add(s),this._node.append(te("option",{value:s},this._model.nodeName(s))))}this._node.hidden=e.size<=2}}class tA{constructor(){this.all=!1,this.job=!1,this.outputs=!1,this.log=!1,this.nodes=new Set,this.edges=new Set,this.details=new Set}clear(){this.all=this.job=this.outputs=this.log=!1,this.details.clear()}}class t${constructor(t){this.touched=new tA,this._state=Object.create(null),this._graph="",this._next=1,this._received=0,this._details=new Map,this.snapshot(t)}snapshot(t,e=0){var n;let s=JSON.stringify(t.graph??null);(n=this.touched).all||(n.all=s!==this._graph||this.id!==O(A(t.job).id));let i=this._state;this._state=F(t),this._graph=s,this._next=e+1,this._received=performance.now(),this._touch(i),this._touch(this._state),this.touched.job=!0}patch(t,e){return t===this._next&&(this._next+=1,this._received=performance.now(),D(this._state,e),void 0!==e.graph&&(this.touched.all=!0,this._graph=""),this._touch(e),!0)}detail(t,e){this._details.set(t,F(e)),this.touched.details.add(t)}detailOf(t){let e=A(this._state.details)[t];return this._details.get(t)??(C(e)?e:null)}part(t){return A(this._state[t])}get job(){return this.part("job")}get id(){return O(this.job.id)}get status(){return O(this.job.status)}get ended(){return J.has(this.status)}node(t){return A(this.part("nodes")[t])}nodeStatus(t){return O(this.node(t).status)||"waiting"}nodeName(t){return O(A(A(this.part("graph").nodes)[t]).name)||t}get at(){return q(this._state.at)}now(t){let e=this.at;return null===e?null:e+(t?(performance.now()-this._received)/1e3:0)}span(t,e,n){let s=e??this.now(n);return null===t||null===s?null:Math.max(0,s-t)}_touch(t){let{touched:e}=this;for(let n of(e.job||(e.job=void 0!==t.job||void 0!==t.at),e.outputs||(e.outputs=void 0!==t.outputs),e.log||(e.log=void 0!==t.log),["nodes","edges","details"]))for(let s of Object.keys(A(t[n])))e[n].add(s);(null===t.nodes||null===t.edges)&&(e.all=!0)}}let tO=/^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/;function tq(t,e){let n=Object.keys(t);if(0===n.length)return te("p",{class:"nt-none"},e);let s=n.map(e=>{let n,s;return te("div",{class:"nt-value"},te("dt",{},e),te("dd",{},(s=O((n=A(t[e])).note),te("div",{class:"nt-shown"},function(t){let e=O(t.text);switch(O(t.kind)){case"table":var n;let s,i;return s=$((n=t).columns).map(t=>te("th",{scope:"col"},O(t))),i=$(n.rows).map(t=>te("tr",{},...$(t).map(t=>te("td",{},O(t))))),te("div",{class:"nt-table",tabindex:"0",role:"group"},te("table",{},s.length?te("thead",{},te("tr",{},...s)):null,te("tbody",{},...i)));case"picture":var o=t;let a=O(o.image),r=O(o.text);if(!tO.test(a))return te("span",{class:"nt-line"},r);let l=O(o.alt)||r;return te("figure",{class:"nt-picture"},te("img",{src:a,alt:l}),r&&r!==l?te("figcaption",{},r):null);case"text":return te("pre",{class:"nt-text",tabindex:"0"},e);case"array":return te("code",{class:"nt-line"},e);default:return te("span",{class:"nt-line"},e)}}(n),s?te("div",{class:"nt-note"},s):null))))});return te("dl",{class:"nt-values"},...s)}class tz{constructor(t,e){this._model=t,this._count=te("span",{class:"nt-fold-count"}),this._body=te("div",{class:"nt-outputs-body"}),this._shown="",this.element=te("details",{class:"nt-fold nt-outputs",open:""},te("summary",{},te("span",{class:"nt-fold-title"},e.outputs),this._count),this._body)}draw(){let t=this._model.part("outputs"),e=JSON.stringify(t);if(e===this._shown)return;this._shown=e;let n=Object.keys(t);this.element.hidden=0===n.length,ts(this._count,Y(n.length)),this._body.replaceChildren(tq(t,""))}}class tE{constructor(t,e,n){this._model=t,this._strings=e,this._close=n,this.node=null,this._sign=new to,this._name=te("span",{class:"nt-panel-name"}),this._title=te("h3",{class:"nt-panel-title",tabindex:"-1"}),this._kind=te("p",{class:"nt-panel-kind"}),this._body=te("div",{class:"nt-panel-body"}),this._asked=!1,this._shown="";let s=te("button",{type:"button",class:"nt-tool","aria-label":e.close,title:e.close},"\xd7");s.addEventListener("click",n),this._title.append(this._sign.element,this._name),this.element=te("section",{class:"nt-panel",hidden:""},te("div",{class:"nt-panel-head"},this._title,s),this._kind,this._body),this.element.addEventListener("keydown",t=>{"Escape"===t.key&&(t.preventDefault(),t.stopPropagation(),this._close())})}show(t,e){this.node=t,this._asked=e,this.element.hidden=!1,this.element.parentElement?.classList.add("nt-open"),this._body.scrollTop=0,this.draw()}hide(){this.node=null,this.element.hidden=!0,this.element.parentElement?.classList.remove("nt-open")}covers(){return"absolute"===getComputedStyle(this.element).position?this.element.offsetWidth:0}focus(){this._title.focus({preventScroll:!0})}draw(){let t=this.node;if(null===t)return;let e=A(A(this._model.part("graph").nodes)[t]),n=this._model.node(t),s=this._model.nodeStatus(t),i=this._model.nodeName(t);this._sign.show(s,z(n.part)),ti(this.element,"data-tone",H(s)),ts(this._name,i),ti(this.element,"aria-label",this._strings.details(i));let o=[O(e.kind)||O(e.type),this._strings.state(s),O(n.message)];ts(this._kind,o.filter(Boolean).join(" \xb7 "));let a=this._parts(t),r=JSON.stringify(a);r!==this._shown&&(this._shown=r,this._body.replaceChildren(...this._sections(a)))}_parts(t){let e=this._model.detailOf(t),n=this._model.node(t),s=e?$(e.log):[];return{id:t,error:O(e?.error)||O(n.error),traceback:O(e?.traceback),inputs:e?A(e.inputs):null,outputs:e?A(e.outputs):null,log:(s.length?s:this._lines(t)).slice(-20),asked:this._asked}}_lines(t){let e=this._model.part("log");return Object.keys(e).map(t=>e[t]).filter(e=>O(A(e).node)===t)}_sections(t){let e=this._strings,n=(t,...e)=>te("div",{class:"nt-section"},te("h4",{},t),...e),s=[];return t.error&&s.push(n(e.error,te("pre",{class:"nt-text nt-error",tabindex:"0"},t.error))),t.inputs&&t.outputs?(s.push(n(e.outputs,tq(t.outputs,e.noValues))),s.push(n(e.inputs,tq(t.inputs,e.noValues)))):s.push(te("p",{class:"nt-none"},t.asked?e.loading:e.noDetail)),t.log.length&&s.push(n(e.log,te("div",{class:"nt-lines"},...t.log.map(t=>tS(t,""))))),t.traceback&&s.push(n(e.traceback,te("pre",{class:"nt-text",tabindex:"0"},t.traceback))),s}}class tL{constructor(t,e,n,s){this._host=t,this._link=n,this._strings=s,this._ask=()=>{this._asking=0,null!==this._panel.node&&"live"===this._connection&&this._link.detail(this._model.id,this._panel.node)},this._announcer=new ta,this._connection="static",this._asking=0,this._said="",this._done=0,this._model=new t$(e),this._header=new tj(this._model,s,{request:t=>void this._request(t),showNode:t=>this._show(t,!0)}),this._graph=new tb(this._model,s,(t,e)=>this._show(t,e)),this._panel=new tE(this._model,s,()=>this._hide()),this._log=new tC(this._model,s),this._outputs=new tz(this._model,s),this._root=te("section",{class:"nodetool-view"},this._header.element,te("div",{class:"nt-main"},this._graph.element,this._panel.element),this._outputs.element,this._log.element,this._announcer.element),this._root.addEventListener("keydown",t=>{t.ctrlKey||t.metaKey||t.altKey||t.stopPropagation()}),t.append(this._root),this._frame=new tr(()=>this._draw()),this._ticker=new tl(this._root,()=>this._tick()),this._model.touched.all=!0,this._said=this._model.status,this._draw()}get job(){return this._model.id}get ended(){return this._model.ended}snapshot(t,e=0){let[n,s]=[q(t.at),this._model.at];O((C(t.job)?t.job:{}).id)===this._model.id&&null!==n&&null!==s&&n<s||(this._model.snapshot(t,e),this._frame.ask())}patch(t,e){let n=this._model.patch(t,e);return this._frame.ask(),n}detail(t,e){this._model.detail(t,e),this._frame.ask()}connect(t){t!==this._connection&&(this._connection=t,this._model.touched.job=!0,this._frame.ask())}dispose(){window.clearTimeout(this._asking),this._frame.dispose(),this._ticker.dispose(),this._announcer.dispose(),this._graph.dispose(),this._root.remove(),this._host.replaceChildren()}get _live(){return"live"===this._connection&&!this._model.ended}_draw(){let{touched:t}=this._model,e=this._live;this._root.dataset.connection=this._model.ended?"ended":this._connection,this._drawPanel(),t.all?(this._graph.build(e),t.nodes.clear(),t.edges.clear()):(t.nodes.size||t.edges.size||t.job)&&this._graph.draw(e,t.nodes,t.edges),(t.all||t.job)&&this._header.draw(this._connection),(t.all||t.outputs)&&this._outputs.draw(),(t.all||t.log)&&this._log.draw(),this._announce(),t.clear(),(t.nodes.size||t.edges.size)&&this._frame.ask(),this._ticker.want(e&&"queued"!==this._model.status)}_drawPanel(){let{touched:t}=this._model,e=this._panel.node;null!==e&&(t.nodes.has(e)&&"live"===this._connection&&(this._asking||(this._asking=window.setTimeout(this._ask,500))),(t.all||t.log||t.nodes.has(e)||t.details.has(e))&&this._panel.draw())}_tick(){this._header.tick(this._connection),this._graph.tick(this._live)}_announce(){let{job:t,status:e,ended:n}=this._model,s=O(t.name)||this._strings.unnamed;if(e!==this._said){this._said=e;let n=O(t.failed_node),i=n?`, ${this._strings.announceFailed(this._model.nodeName(n))}`:"";this._announcer.say(this._strings.announceState(s,this._strings.state(e))+i)}else if(this._live&&!n&&(q(t.done)??0)!==this._done){let[e,n]=[String(q(t.done)??0),String(q(t.all)??0)];this._announcer.say(this._strings.announceProgress(s,e,n))}this._done=q(t.done)??0}_show(t,e){let n=null===this._model.detailOf(t)||!this._model.ended,s="live"===this._connection;this._panel.show(t,n&&s),this._graph.select(t),this._graph.reveal(t,this._panel.covers()),e&&this._panel.focus(),n&&s&&this._link.detail(this._model.id,t)}_hide(){let t=this._panel.node,e=this._panel.element.contains(document.activeElement);this._panel.hide(),this._graph.select(null),e&&null!==t&&this._graph.focus(t)}async _request(t){this._header.notice(this._strings.asked);let e="";try{let n=await this._link.request(t,this._model.id);n.ok?"retry"===t&&n.job&&(e=this._strings.retried(n.job)):e=n.message??this._strings.noKernel}catch{e=this._strings.noKernel}this._header.notice(e)}}let tT="application/vnd.nodetool.job+json";class tN extends G.Widget{constructor(t,e){super(),this._jobs=t,this._strings=e,this._place={session:()=>this._session},this._session=null,this._view=null,this._placed="",this._unplace=null,this.addClass("nodetool-output")}renderModel(t){let e=t.data[tT],n=function(t,e){if(!C(t)||!C(t.job))return e.broken;let n=q(t.v);return null===n?e.broken:n>1?e.newer:null}(e,this._strings);if(null!==n||void 0===e)this._drop(),this.node.replaceChildren(te("div",{class:"nodetool-view"},te("p",{class:"nt-plain"},n??this._strings.broken)));else if(null===this._view){var s;this.node.replaceChildren(),this._view=(s=this.node,new tL(s,e,this._jobs.linkOf(this._place),this._strings)),this._follow()}else this._view.snapshot(e),this._follow();return Promise.resolve()}dispose(){this._drop(),super.dispose()}onAfterAttach(){this._follow()}_follow(){let t=this._view;if(null===t||!this.isAttached)return;let e=function(t){for(let e=t;null!==e;e=e.parent){let t=tF(e);if(null!==t)return t}return null}(this);null!==e&&(this._session=e,this._jobs.adopt(e)),(null===this._unplace||t.job!==this._placed)&&(this._unplace?.(),this._placed=t.job,this._unplace=this._jobs.place(t,this._place.session))}_drop(){this._unplace?.(),this._unplace=null,this._view?.dispose(),this._view=null}}class tP extends G.Widget{constructor(){super(),this.addClass("nodetool-nothing")}renderModel(){return Promise.resolve()}}function tF(t){return t.sessionContext??t.context?.sessionContext??null}let tD=(t,e)=>t.replace(/%(\d+)/g,(t,n)=>{let s=e[Number(n)-1];return void 0===s?t:String(s)}),tB={__:(t,...e)=>tD(t,e),_n:(t,e,n,...s)=>tD(1===n?t:e,[n,...s])},tI={id:"nodetool-jupyter:plugin",description:"Shows running NodeTool workflows in the outputs of cells.",autoStart:!0,requires:[i.IRenderMimeRegistry],optional:[o.ITranslator],activate:(t,e,n)=>{var i,o,a;let r,l,d=function(t=tB){var e,n,s,i;let o,{__:a,_n:r}={__:(e=t).__.bind(e),_n:e._n.bind(e)},l={queued:a("queued"),starting:a("starting"),running:a("running"),suspended:a("suspended"),completed:a("completed"),error:a("error"),cancelled:a("cancelled"),waiting:a("waiting"),not_run:a("not run"),bypassed:a("bypassed")};return{...(n=a,s=r,{job:(t,e)=>n("Job %1, %2",t,e),unnamed:n("workflow"),progress:n("Progress"),percent:(t,e,s)=>n("%1 %, %2 of %3 nodes",t,e,s),nodes:n("Nodes"),elapsed:n("Elapsed"),took:n("Took"),left:n("Left"),unknown:n("unknown"),memory:n("Memory"),gpu:n("GPU"),cpu:n("CPU"),attempt:n("Attempt"),where:n("Runs in"),queue:t=>t<=1?n("next in the queue"):n("number %1 in the queue",t),cancelling:n("cancelling"),cancelledByYou:n("cancelled by you"),windingDown:n("its thread still winds down"),cancel:n("Cancel"),retry:n("Retry"),asked:n("The kernel was asked."),retried:t=>n("A new job was started: %1",t),noKernel:n("No kernel answers, so this job cannot be reached from here."),copy:t=>n("Copy the job id %1",t),copied:n("copied"),lastKnown:t=>n("Last known state, of %1",t),notConnected:n("no kernel answers"),connecting:n("waiting for the kernel"),graph:t=>s("Graph of %1 node. Arrow keys follow the edges, Enter opens a node.","Graph of %1 nodes. Arrow keys follow the edges, Enter opens a node.",t),noGraph:n("This job has no graph to show."),zoomIn:n("Zoom in"),zoomOut:n("Zoom out"),fit:n("Show the whole graph"),showFailed:n("Show the node"),items:(t,e)=>s("%2 item","%2 items",t,e),details:t=>n("Details of %1",t),close:n("Close"),inputs:n("Inputs"),outputs:n("Outputs"),error:n("Error"),traceback:n("Traceback"),log:n("Log"),noLog:n("No lines."),noMatch:n("No line matches."),noValues:n("Nothing has passed here."),loading:n("Asking the kernel …"),noDetail:n("The values are not kept here: they can be seen while the kernel that ran the job answers."),filter:n("Filter the log"),everySeverity:n("every severity"),everyNode:n("every node"),lines:(t,e)=>s("%2 line","%2 lines",t,e),cut:t=>n("%1 earlier lines were cut",t),newer:n("This job was stored by a newer version of nodetool-jupyter, which can show it."),broken:n("This output holds no job that can be shown."),gone:n("The kernel does not know this job any more."),announceState:(t,e)=>n("%1: %2",t,e),announceProgress:(t,e,s)=>n("%1: %2 of %3 nodes done",t,e,s),announceFailed:t=>n("node %1 failed",t)}),state:t=>Object.hasOwn(l,t)?l[t]:t,reason:(o={node_failed:(i=a)("a node failed"),invalid_graph:i("the workflow cannot run"),rejected:i("the job was refused"),secret_missing:i("a secret is missing"),result_not_storable:i("a result cannot be stored"),timeout_queue:i("it waited too long in the queue"),timeout_start:i("it took too long to start"),timeout_run:i("it ran longer than its timeout"),timeout_idle:i("nothing happened for too long"),out_of_memory:i("out of memory"),output_limit:i("it wrote more than its log may hold"),killed:i("its process was killed"),lost:i("what ran it is gone, and how it ended cannot be known"),worker_lost:i("the worker is gone"),image_missing:i("the container image is missing"),engine_unavailable:i("the container engine cannot be reached"),gpu_unavailable:i("the GPU cannot be used"),cancelled_by_user:i("by you"),internal:i("a fault of this package")},t=>Object.hasOwn(o,t)?o[t]:t.replace(/_/g," "))}}(n?.load("nodetool_jupyter")),h=new I;e.addFactory({safe:!0,mimeTypes:[tT],createRenderer:()=>new tN(h,d)},-10),e.addFactory({safe:!0,mimeTypes:["application/vnd.nodetool.picture+json"],createRenderer:()=>new tP},-10),r=JSON.parse(s.PageConfig.getOption("untracked_message_types")||"[]"),s.PageConfig.setOption("untracked_message_types",JSON.stringify([...r,T])),i=t,o=h,l=t=>{let e=t&&tF(t);e?.kernelChanged&&o.adopt(e)},i.docRegistry.addWidgetExtension("Notebook",{createNew:t=>{l(t)}}),i.shell.currentChanged?.connect((t,{newValue:e})=>l(e)),a=h,document.addEventListener("nodetool:request",t=>{let{type:e,job:n,answer:s}=t.detail;a.reaches(n)&&(t.preventDefault(),s?.(a.request(e,n,null)))})}}},"./node_modules/css-loader/dist/cjs.js!./style/view.css"(t,e,n){var s=n("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=n.n(s),o=n("./node_modules/css-loader/dist/runtime/api.js"),a=(n.n(o))()(i());a.push([t.id,`/*
 * The look of a job's view: JupyterLab's own variables where it is shown in JupyterLab or Notebook, VS Code's there,
 * and plain values elsewhere. Colours of states reach a contrast of 4.5 : 1 on the cards of both themes
 * (tests/contrast.test.ts computes it); a state is never told by colour alone.
 */

.nodetool-view {
  --nt-back: var(--jp-layout-color1, var(--vscode-editor-background, #fff));
  --nt-ink: var(--jp-ui-font-color0, var(--vscode-editor-foreground, #000));
  --nt-line: var(--jp-border-color2, var(--vscode-panel-border, #e0e0e0));
  --nt-accent: var(--jp-brand-color1, var(--vscode-focusBorder, #1976d2));
  --nt-font: var(--jp-ui-font-family, var(--vscode-font-family, system-ui, sans-serif));
  --nt-code: var(--jp-code-font-family, var(--vscode-editor-font-family, ui-monospace, monospace));
  --nt-soft: color-mix(in srgb, var(--nt-ink) 66%, var(--nt-back));
  --nt-floor: color-mix(in srgb, var(--nt-ink) 3.5%, var(--nt-back));
  --nt-edge: color-mix(in srgb, var(--nt-ink) 28%, var(--nt-back));
  --nt-rim: color-mix(in srgb, var(--nt-ink) 18%, var(--nt-back));
  --nt-run: #1565c0;
  --nt-good: #1b7a3d;
  --nt-bad: #c62828;
  --nt-halt: #8a5a00;
  --nt-idle: #616161;
  --nt-note: #b8860b;

  container: nodetool / inline-size;
  position: relative;
  box-sizing: border-box;
  margin: 2px 0;
  border: 1px solid var(--nt-line);
  border-radius: 6px;
  background: var(--nt-back);
  color: var(--nt-ink);
  font: 13px/1.4 var(--nt-font);
  overflow: hidden;
}

[data-jp-theme-light='false'] .nodetool-view,
body.vscode-dark .nodetool-view,
body.vscode-high-contrast:not(.vscode-high-contrast-light) .nodetool-view {
  --nt-run: #64b5f6;
  --nt-good: #66bb6a;
  --nt-bad: #f28b82;
  --nt-halt: #e0a84a;
  --nt-idle: #a6a6a6;
  --nt-note: #d6b25e;
  color-scheme: dark;
}

.nodetool-view *,
.nodetool-view *::before {
  box-sizing: border-box;
}

/* Pages have their own ideas of these elements. */
.nodetool-view :is(dl, dt, dd, p, h3, h4, pre, figure, table, th, td) {
  float: none;
  width: auto;
  min-width: 0;
  margin: 0;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  text-align: left;
}

.nodetool-view [hidden] {
  display: none !important;
}

.nodetool-view [data-tone],
.nodetool-view[data-tone] {
  --nt-tone: var(--nt-idle);
}

.nodetool-view [data-tone='run'] {
  --nt-tone: var(--nt-run);
}

.nodetool-view [data-tone='good'] {
  --nt-tone: var(--nt-good);
}

.nodetool-view [data-tone='bad'] {
  --nt-tone: var(--nt-bad);
}

.nodetool-view [data-tone='halt'] {
  --nt-tone: var(--nt-halt);
}

.nodetool-view :focus-visible {
  outline: 2px solid var(--nt-accent);
  outline-offset: 1px;
}

.nodetool-view .nt-unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

/* Buttons and fields */

.nodetool-view .nt-button,
.nodetool-view .nt-tool,
.nodetool-view .nt-field {
  border: 1px solid var(--nt-rim);
  border-radius: 4px;
  background: var(--nt-back);
  color: var(--nt-ink);
  font: 12px/1.4 var(--nt-font);
}

.nodetool-view .nt-button {
  padding: 2px 10px;
  cursor: pointer;
}

.nodetool-view .nt-button:hover:enabled,
.nodetool-view .nt-tool:hover {
  background: color-mix(in srgb, var(--nt-ink) 8%, var(--nt-back));
}

.nodetool-view .nt-button:disabled {
  color: var(--nt-soft);
  cursor: default;
}

.nodetool-view .nt-id {
  border-color: transparent;
  color: var(--nt-soft);
  font-family: var(--nt-code);
}

.nodetool-view .nt-link {
  margin-left: 8px;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  text-decoration: underline;
  cursor: pointer;
}

.nodetool-view .nt-field {
  height: 24px;
  padding: 0 6px;
  min-width: 0;
}

/* Head */

.nodetool-view .nt-title {
  display: flex;
  align-items: center;
  gap: 10px;
  padding: 8px 8px 7px 12px;
}

.nodetool-view .nt-state {
  display: inline-flex;
  flex: none;
  align-items: center;
  gap: 6px;
  color: var(--nt-tone);
  font-weight: 600;
}

.nodetool-view .nt-name {
  overflow: hidden;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-view .nt-last {
  flex: none;
  padding: 1px 8px;
  border: 1px dashed var(--nt-halt);
  border-radius: 10px;
  color: var(--nt-halt);
  font-size: 12px;
}

.nodetool-view .nt-acts {
  display: flex;
  flex: none;
  gap: 6px;
  margin-left: auto;
}

.nodetool-view .nt-bar {
  height: 3px;
  background: color-mix(in srgb, var(--nt-ink) 9%, var(--nt-back));
}

.nodetool-view .nt-fill {
  height: 100%;
  background: var(--nt-tone);
  transform: scaleX(0);
  transform-origin: 0 0;
  transition: transform 0.2s linear;
}

.nodetool-view .nt-figures {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 20px;
  margin: 0;
  padding: 6px 12px;
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}

.nodetool-view .nt-figure {
  display: flex;
  gap: 6px;
}

.nodetool-view .nt-figure dt {
  color: var(--nt-soft);
  font-weight: 400;
}

.nodetool-view .nt-figure dd {
  margin: 0;
}

.nodetool-view .nt-notice,
.nodetool-view .nt-trouble {
  margin: 0;
  padding: 5px 12px 6px;
  overflow-wrap: anywhere;
}

.nodetool-view .nt-notice:empty {
  display: none;
}

.nodetool-view .nt-notice {
  color: var(--nt-soft);
}

.nodetool-view .nt-trouble {
  border-left: 3px solid var(--nt-tone);
  background: color-mix(in srgb, var(--nt-tone) 9%, var(--nt-back));
  white-space: pre-wrap;
}

/* A state's sign */

.nodetool-view .nt-sign {
  flex: none;
  width: 16px;
  height: 16px;
  overflow: visible;
  fill: none;
  stroke: var(--nt-tone, currentcolor);
  stroke-linecap: round;
  stroke-linejoin: round;
  stroke-width: 1.6;
}

.nodetool-view .nt-sign .nt-track {
  stroke: color-mix(in srgb, var(--nt-tone, currentcolor) 45%, var(--nt-back));
}

.nodetool-view .nt-sign .nt-arc {
  transform: rotate(-90deg);
  transform-origin: 8px 8px;
  stroke-linecap: butt;
}

.nodetool-view .nt-sign .nt-arc[stroke-dasharray='0 100'] {
  stroke: none;
}

.nodetool-view .nt-sign[data-status='completed'] .nt-arc,
.nodetool-view .nt-sign[data-status='error'] .nt-track {
  fill: var(--nt-tone);
  stroke: var(--nt-tone);
}

.nodetool-view .nt-sign[data-status='completed'] .nt-stroke,
.nodetool-view .nt-sign[data-status='error'] .nt-stroke {
  stroke: var(--nt-back);
}

.nodetool-view .nt-sign[data-status='running'] .nt-stroke {
  fill: var(--nt-tone);
  stroke-width: 0.8;
}

.nodetool-view .nt-sign[data-status='cancelled'] .nt-track,
.nodetool-view .nt-sign[data-turning] .nt-arc {
  stroke: var(--nt-tone);
}

.nodetool-view .nt-sign[data-turning] .nt-stroke {
  visibility: hidden;
}

.nodetool-view .nt-turning .nt-sign[data-turning] {
  animation: nt-turn 1.4s linear infinite;
}

@keyframes nt-turn {
  to {
    transform: rotate(1turn);
  }
}

/* Graph */

.nodetool-view .nt-main {
  display: flex;
  position: relative;
  border-top: 1px solid var(--nt-line);
}

.nodetool-view .nt-stage-frame {
  display: flex;
  position: relative;
  flex: 1 1 auto;
  min-width: 0;
}

.nodetool-view .nt-stage {
  position: relative;
  flex: 1 1 auto;
  overflow: hidden;
  background: var(--nt-floor);
  cursor: grab;
  contain: strict;
  user-select: none;
}

.nodetool-view .nt-stage:active {
  cursor: grabbing;
}

.nodetool-view .nt-layer,
.nodetool-view .nt-edges {
  position: absolute;
  top: 0;
  left: 0;
  width: 1px;
  height: 1px;
  overflow: visible;
  transform-origin: 0 0;
}

.nodetool-view .nt-moving .nt-layer {
  will-change: transform;
}

.nodetool-view .nt-edges {
  fill: none;
  pointer-events: none;
}

.nodetool-view .nt-edge {
  stroke: var(--nt-edge);
  stroke-width: 1.5;
}

.nodetool-view .nt-edge[data-control] {
  stroke-dasharray: 5 4;
}

.nodetool-view .nt-edge[data-passed] {
  stroke: color-mix(in srgb, var(--nt-ink) 55%, var(--nt-back));
}

.nodetool-view .nt-edge.nt-lit {
  stroke: var(--nt-run);
  stroke-width: 2.25;
}

.nodetool-view .nt-port {
  fill: var(--nt-back);
  stroke: color-mix(in srgb, var(--nt-ink) 45%, var(--nt-back));
  stroke-width: 1.2;
}

.nodetool-view .nt-dot {
  fill: var(--nt-run);
}

.nodetool-view .nt-group,
.nodetool-view .nt-comment {
  position: absolute;
  overflow: hidden;
  border-radius: 8px;
  contain: strict;
}

.nodetool-view .nt-group {
  border: 1px solid var(--nt-rim);
  background: color-mix(in srgb, var(--nt-ink) 4%, transparent);
}

.nodetool-view .nt-group span {
  display: block;
  padding: 5px 12px;
  overflow: hidden;
  color: var(--nt-soft);
  font-size: 12px;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-view .nt-comment {
  padding: 7px 10px;
  border-left: 3px solid var(--nt-note);
  border-radius: 3px 8px 8px 3px;
  background: color-mix(in srgb, var(--nt-note) 12%, var(--nt-back));
  font-size: 12px;
  white-space: pre-wrap;
}

.nodetool-view .nt-card {
  display: grid;
  position: absolute;
  grid-template-columns: 16px 1fr;
  align-content: center;
  column-gap: 8px;
  padding: 4px 10px 5px 11px;
  border: 1px solid var(--nt-rim);
  border-radius: 7px;
  background: var(--nt-back);
  box-shadow: 0 1px 2px rgb(0 0 0 / 7%);
  cursor: pointer;
  contain: strict;
}

.nodetool-view .nt-card:hover {
  border-color: var(--nt-soft);
}

.nodetool-view .nt-card[data-status='running'] {
  border-color: var(--nt-run);
  box-shadow: 0 0 0 3px color-mix(in srgb, var(--nt-run) 16%, transparent);
}

.nodetool-view .nt-card[data-status='error'] {
  border-color: var(--nt-bad);
  background: color-mix(in srgb, var(--nt-bad) 7%, var(--nt-back));
}

.nodetool-view .nt-card[data-status='completed'] {
  border-color: color-mix(in srgb, var(--nt-good) 55%, var(--nt-back));
}

.nodetool-view .nt-card[data-status='bypassed'],
.nodetool-view .nt-card[data-status='not_run'] {
  border-style: dashed;
}

.nodetool-view .nt-card[aria-expanded='true'] {
  outline: 2px solid var(--nt-accent);
  outline-offset: 1px;
}

.nodetool-view .nt-card .nt-sign {
  align-self: center;
}

.nodetool-view .nt-card-name,
.nodetool-view .nt-card-type,
.nodetool-view .nt-card-figures {
  grid-column: 2;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-view .nt-card-name {
  font-size: 12.5px;
  font-weight: 600;
  line-height: 18px;
}

.nodetool-view .nt-card-type,
.nodetool-view .nt-card-figures {
  color: var(--nt-soft);
  font-size: 11px;
  line-height: 15px;
}

.nodetool-view .nt-card-figures {
  display: flex;
  justify-content: space-between;
  gap: 6px;
  color: var(--nt-tone);
  font-variant-numeric: tabular-nums;
}

.nodetool-view .nt-card-time {
  overflow: hidden;
  text-overflow: ellipsis;
}

.nodetool-view .nt-card-sent {
  flex: none;
}

/* At a smaller scale fewer words, but larger ones. */
.nodetool-view .nt-small .nt-card {
  grid-template-columns: 18px 1fr;
  padding-right: 7px;
  padding-left: 8px;
  column-gap: 7px;
}

.nodetool-view .nt-small .nt-card-type {
  display: none;
}

.nodetool-view .nt-small .nt-card .nt-sign {
  width: 18px;
  height: 18px;
}

.nodetool-view .nt-small .nt-card-name {
  font-size: 14px;
  line-height: 20px;
}

.nodetool-view .nt-small .nt-card-figures {
  font-size: 13px;
  line-height: 18px;
}

.nodetool-view .nt-card-bar {
  position: absolute;
  right: 0;
  bottom: 0;
  left: 0;
  height: 3px;
  background: var(--nt-run);
  transform-origin: 0 0;
}

/* Words that cannot be read are left out; the cards become a map. */
.nodetool-view .nt-far .nt-card > *,
.nodetool-view .nt-far .nt-group span,
.nodetool-view .nt-far .nt-port {
  display: none;
}

.nodetool-view .nt-far .nt-comment {
  color: transparent;
}

.nodetool-view .nt-far .nt-card {
  border-width: 4px;
  border-color: var(--nt-tone);
  background: color-mix(in srgb, var(--nt-tone) 55%, var(--nt-back));
  box-shadow: none;
}

.nodetool-view .nt-far .nt-card[data-tone='idle'] {
  border-color: var(--nt-edge);
  background: var(--nt-back);
}

.nodetool-view .nt-far .nt-edge {
  stroke-width: 3.5;
}

.nodetool-view .nt-far .nt-edge.nt-lit {
  stroke-width: 7;
}

.nodetool-view .nt-tools {
  display: flex;
  position: absolute;
  right: 8px;
  bottom: 8px;
  gap: 4px;
  opacity: 0;
  transition: opacity 0.15s;
}

.nodetool-view .nt-stage-frame:hover .nt-tools,
.nodetool-view .nt-stage-frame:focus-within .nt-tools {
  opacity: 1;
}

.nodetool-view .nt-tool {
  width: 24px;
  height: 24px;
  padding: 0;
  line-height: 1;
  cursor: pointer;
}

/* What is in a node */

.nodetool-view .nt-panel {
  display: flex;
  position: absolute;
  inset: 0 0 0 auto;
  flex-direction: column;
  width: 320px;
  border-left: 1px solid var(--nt-line);
  background: var(--nt-back);
  box-shadow: -2px 0 10px rgb(0 0 0 / 8%);
}

.nodetool-view .nt-main.nt-open {
  min-height: 300px;
}

.nodetool-view .nt-panel-head {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 8px;
  padding: 8px 8px 0 12px;
}

.nodetool-view .nt-panel-title {
  display: flex;
  align-items: center;
  gap: 8px;
  min-width: 0;
  margin: 0;
  font-size: 13px;
  font-weight: 600;
}

.nodetool-view .nt-panel-name {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-view .nt-panel-kind {
  margin: 0;
  padding: 2px 12px 8px;
  border-bottom: 1px solid var(--nt-line);
  color: var(--nt-soft);
  font-size: 12px;
  overflow-wrap: anywhere;
}

.nodetool-view .nt-panel-body {
  flex: 1 1 0;
  padding: 0 12px 10px;
  overflow: auto;
}

.nodetool-view .nt-section h4 {
  margin: 10px 0 4px;
  color: var(--nt-soft);
  font-size: 11px;
  font-weight: 600;
  letter-spacing: 0.04em;
  text-transform: uppercase;
}

@container nodetool (max-width: 660px) {
  .nodetool-view .nt-main {
    flex-direction: column;
  }

  .nodetool-view .nt-main.nt-open {
    min-height: 0;
  }

  .nodetool-view .nt-panel {
    position: static;
    width: auto;
    max-height: 320px;
    border-top: 1px solid var(--nt-line);
    border-left: 0;
    box-shadow: none;
  }

  .nodetool-view .nt-panel-body {
    flex: 0 1 auto;
  }

  .nodetool-view .nt-title {
    flex-wrap: wrap;
  }
}

/* Values */

.nodetool-view .nt-values {
  display: grid;
  gap: 8px;
  margin: 0;
}

.nodetool-view .nt-value dt {
  color: var(--nt-soft);
  font-size: 12px;
  font-weight: 400;
}

.nodetool-view .nt-value dt,
.nodetool-view .nt-value dd {
  line-height: 18px;
}

.nodetool-view .nt-outputs .nt-value {
  display: grid;
  grid-template-columns: minmax(72px, 18%) minmax(0, 1fr);
  gap: 12px;
}

.nodetool-view .nt-line,
.nodetool-view .nt-value dt {
  overflow-wrap: anywhere;
}

.nodetool-view .nt-text {
  max-height: 160px;
  margin: 0;
  padding: 6px 8px;
  border-radius: 4px;
  background: var(--nt-floor);
  color: inherit;
  font: 12px/1.45 var(--nt-code);
  overflow: auto;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

.nodetool-view .nt-error {
  border-left: 3px solid var(--nt-bad);
}

.nodetool-view .nt-note,
.nodetool-view .nt-none {
  margin: 2px 0 0;
  color: var(--nt-soft);
  font-size: 12px;
}

.nodetool-view .nt-none {
  margin: 8px 0;
}

.nodetool-view .nt-picture {
  margin: 0;
}

.nodetool-view .nt-picture img {
  display: block;
  max-width: 100%;
  max-height: 160px;
  border: 1px solid var(--nt-line);
  border-radius: 4px;
}

.nodetool-view .nt-picture figcaption {
  color: var(--nt-soft);
  font-size: 12px;
}

.nodetool-view .nt-table {
  max-height: 220px;
  overflow: auto;
}

.nodetool-view .nt-table table {
  margin: 0;
  border-collapse: collapse;
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}

.nodetool-view .nt-table th,
.nodetool-view .nt-table td {
  padding: 2px 10px 2px 0;
  border-bottom: 1px solid var(--nt-line);
  text-align: left;
  white-space: nowrap;
}

/* Outputs and log */

.nodetool-view .nt-fold {
  border-top: 1px solid var(--nt-line);
}

.nodetool-view .nt-fold summary {
  display: flex;
  align-items: baseline;
  gap: 8px;
  padding: 5px 12px;
  cursor: pointer;
  list-style: none;
}

.nodetool-view .nt-fold summary::-webkit-details-marker {
  display: none;
}

.nodetool-view .nt-fold summary::before {
  flex: none;
  width: 0;
  height: 0;
  border: 4px solid transparent;
  border-right-width: 0;
  border-left: 5px solid var(--nt-soft);
  content: '';
}

.nodetool-view .nt-fold[open] summary::before {
  transform: rotate(90deg);
}

.nodetool-view .nt-fold summary:focus-visible {
  outline-offset: -2px;
}

.nodetool-view .nt-fold-title {
  font-weight: 600;
}

.nodetool-view .nt-fold-count {
  flex: none;
  color: var(--nt-soft);
  font-size: 12px;
}

.nodetool-view .nt-latest {
  overflow: hidden;
  color: var(--nt-soft);
  font: 12px/1.4 var(--nt-code);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-view .nt-fold[open] .nt-latest {
  display: none;
}

.nodetool-view .nt-outputs-body {
  max-height: 340px;
  padding: 2px 12px 10px 25px;
  overflow: auto;
}

.nodetool-view .nt-filter {
  display: flex;
  gap: 6px;
  padding: 0 12px 6px;
}

.nodetool-view .nt-filter input {
  flex: 1 1 auto;
}

.nodetool-view .nt-lines {
  font: 12px/1.5 var(--nt-code);
}

.nodetool-view .nt-scroll {
  max-height: 180px;
  padding: 0 12px 8px;
  overflow: auto;
}

.nodetool-view .nt-entry {
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

.nodetool-view .nt-entry > * + * {
  margin-left: 8px;
}

.nodetool-view .nt-entry time,
.nodetool-view .nt-entry i {
  color: var(--nt-soft);
  font-style: normal;
}

.nodetool-view .nt-entry b {
  font-weight: 600;
}

.nodetool-view .nt-entry[data-severity='error'] b {
  color: var(--nt-bad);
}

.nodetool-view .nt-entry[data-severity='warning'] b {
  color: var(--nt-halt);
}

/* A state that nothing follows any more */

.nodetool-view[data-connection='static'] {
  border-style: dashed;
}

.nodetool-view .nt-plain {
  margin: 0;
  padding: 10px 12px;
  color: var(--nt-soft);
}

@media (prefers-reduced-motion: reduce) {
  .nodetool-view * {
    animation: none !important;
    transition: none !important;
  }
}

@media (forced-colors: active) {
  .nodetool-view .nt-sign,
  .nodetool-view .nt-edge,
  .nodetool-view .nt-port {
    stroke: CanvasText;
  }

  .nodetool-view .nt-sign[data-status='completed'] .nt-arc,
  .nodetool-view .nt-sign[data-status='error'] .nt-track {
    fill: none;
    stroke: CanvasText;
  }

  .nodetool-view .nt-sign .nt-stroke {
    stroke: CanvasText !important;
  }

  .nodetool-view .nt-edge.nt-lit,
  .nodetool-view .nt-card[data-status='running'] {
    border-color: Highlight;
    stroke: Highlight;
  }

  .nodetool-view .nt-fill,
  .nodetool-view .nt-card-bar {
    background: Highlight;
    forced-color-adjust: none;
  }

  .nodetool-view .nt-fold summary::before {
    border-left-color: CanvasText;
    forced-color-adjust: none;
  }

  .nodetool-view .nt-tools {
    opacity: 1;
  }
}
`,""]),n.d(e,{},{A:a})}}]);