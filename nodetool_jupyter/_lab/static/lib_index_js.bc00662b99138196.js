"use strict";(self.rspackChunknodetool_jupyter=self.rspackChunknodetool_jupyter||[]).push([["lib_index_js"],{"./lib/index.js"(t,e,s){s.r(e),s.d(e,{default:()=>sA});var n=s("webpack/sharing/consume/default/@jupyterlab/coreutils"),i=s("webpack/sharing/consume/default/@jupyterlab/rendermime"),o=s("webpack/sharing/consume/default/@jupyterlab/translation"),a=s("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),r=s.n(a),l=s("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),h=s.n(l),d=s("./node_modules/style-loader/dist/runtime/insertBySelector.js"),c=s.n(d),p=s("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),u=s.n(p),_=s("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),g=s.n(_),m=s("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),f=s.n(m),w=s("./node_modules/css-loader/dist/cjs.js!./style/view.css"),b={};b.styleTagTransform=f(),b.setAttributes=u(),b.insert=c().bind(null,"head"),b.domAPI=h(),b.insertStyleElement=g(),r()(w.A,b),w.A&&w.A.locals&&w.A.locals;var v=s("./node_modules/css-loader/dist/cjs.js!./style/panel.css"),k={};k.styleTagTransform=f(),k.setAttributes=u(),k.insert=c().bind(null,"head"),k.domAPI=h(),k.insertStyleElement=g(),r()(v.A,k),v.A&&v.A.locals&&v.A.locals;var y=s("webpack/sharing/consume/default/@jupyterlab/services");let x=Object.freeze(Object.create(null));function j(t){return"object"==typeof t&&null!==t&&!Array.isArray(t)}function S(t){return j(t)?t:x}function T(t){return Array.isArray(t)?t:[]}function M(t){return"string"==typeof t?t:"number"==typeof t?String(t):""}function C(t){return"number"==typeof t&&Number.isFinite(t)?t:null}function q(t){let e=C(t);return null===e?null:Math.min(1,Math.max(0,e))}function A(t){let e=(t,e)=>Math.min(1e6,Math.max(e,t));return{x:e(C(t.x)??0,-1e6),y:e(C(t.y)??0,-1e6),w:e(C(t.w)??8,8),h:e(C(t.h)??8,8)}}let $="nodetool/api";class E extends Error{constructor(t,e,s,n=""){super(s),this.status=t,this.code=e,this.hint=n,this.name="ApiError"}}class O{constructor(t=y.ServerConnection.makeSettings()){this.settings=t}jobs(t={}){let e=t.status?.join(",");return this._ask("GET","jobs",{...t,status:e})}job(t){return this._ask("GET",N(t))}async submit(t,e){return await this._ask("POST","jobs",{},t,void 0===e?{}:{"Idempotency-Key":e})}async remove(t){await this._ask("DELETE",N(t))}async cancel(t){return!0===(await this._ask("POST",`${N(t)}/cancel`)).cancelled}async retry(t){return M((await this._ask("POST",`${N(t)}/retry`)).id)}logs(t,e={}){return this._ask("GET",`${N(t)}/logs`,{...e})}node(t,e){return this._ask("GET",`${N(t)}/nodes/${encodeURIComponent(e)}`)}async outputs(t){let{outputs:e}=await this._ask("GET",`${N(t)}/outputs`);return j(e)?e:{}}valueUrl(t,e){return this._url(`${N(t)}/values/${encodeURIComponent(e)}`)}async workers(){return(await this._ask("GET","workers")).workers}ask(t,e,s={},n){return this._ask(t,e,s,n)}_url(t,e={}){let s=new URLSearchParams(Object.entries(e).filter(([,t])=>void 0!==t&&""!==t).map(([t,e])=>[t,String(e)])).toString();return n.URLExt.join(this.settings.baseUrl,$,t)+(s?`?${s}`:"")}async _ask(t,e,s={},n,i={}){let o,a={method:t,headers:i,cache:"default"};void 0!==n&&(a.body=JSON.stringify(n),a.headers={...i,"Content-Type":"application/json"});try{o=await y.ServerConnection.makeRequest(this._url(e,s),a,this.settings)}catch(t){throw new E(0,"unreachable",t instanceof Error?t.message:String(t))}let r=await L(o);if(!o.ok){let t=M(r.message)||o.statusText||String(o.status);throw new E(o.status,M(r.code)||"unknown",t,M(r.hint))}return r}}let N=t=>`jobs/${encodeURIComponent(t)}`;async function L(t){try{let e=await t.json();return j(e)?e:{}}catch{return{}}}var z=s("webpack/sharing/consume/default/@lumino/disposable"),I=s("webpack/sharing/consume/default/@lumino/signaling");async function F(t,e=2e3){let s=0;return Promise.race([t,new Promise((t,n)=>{s=window.setTimeout(()=>n(Error("no answer in time")),e)})]).finally(()=>window.clearTimeout(s))}class P{constructor(t,e,s,n,i){this._server=t,this._hear=e,this._changed=s,this._present=n,this._random=i,this._again=()=>{null!==this._socket&&this._lost(),this.hurry()},this._wanted=!1,this._socket=null,this._greeted=!1,this._asking=!1,this._since=0,this._attempts=0,this._timer=0,this._round=0,this._state=n?"connecting":"absent",window.addEventListener("online",this._again)}get state(){return this._state}get open(){return this._greeted}want(t){this._wanted=t&&this._present,"absent"!==this._state&&(t?null!==this._socket||this._waiting||this._open():(this._stop(),this._attempts=0,this._set("connecting")))}send(t){this._socket?.send(JSON.stringify(t))}hurry(){null===this._socket&&(this._timer||"absent"===this._state)&&(this._attempts=0,this._retry(0))}dispose(){window.removeEventListener("online",this._again),this.want(!1)}_open(){let{wsUrl:t,token:e,appendToken:s,WebSocket:i}=this._server.settings,o=n.URLExt.join(t,$,"events/ws"),a=new i(s&&e?`${o}?token=${encodeURIComponent(e)}`:o);this._socket=a,this._timer=window.setTimeout(()=>this._lost(),1e4),a.onmessage=({data:t})=>this._take(t),a.onclose=({code:t})=>this._lost(t)}_take(t){let e=function(t){try{let e=JSON.parse(String(t));return j(e)?e:null}catch{return null}}(t);null!==e&&("hello"!==e.type||this._greeted||(window.clearTimeout(this._timer),this._timer=0,this._greeted=!0,this._since=performance.now()),this._hear(e),this._greeted&&this._become("open"))}_lost(t=0){let e=this._greeted;e&&performance.now()-this._since>=5e3&&(this._attempts=0),this._stop(),this._become(e&&4403!==t?"connecting":"offline"),this._retry(4403===t?1e4:this._pause())}_pause(){let t=200*2**this._attempts*(1+this._random());return this._attempts=Math.min(this._attempts+1,10),Math.min(1e4,t)}_retry(t){window.clearTimeout(this._timer),this._wanted&&(this._timer=window.setTimeout(()=>void this._knock(),t))}async _knock(){this._timer=0;let t=this._round+=1;this._asking=!0;let e=await this._server.ask("GET","health").then(()=>200,t=>t instanceof E?t.status:0);t===this._round&&(this._asking=!1,404===e?this._become("absent"):200===e?this._open():(this._become("offline"),this._retry(this._pause())))}_stop(){window.clearTimeout(this._timer),this._timer=0,this._round+=1,this._asking=this._greeted=!1;let t=this._socket;this._socket=null,null!==t&&(t.onmessage=t.onclose=null,t.close())}_become(t){("connecting"!==t||"offline"!==this._state)&&this._set(t)}_set(t){t!==this._state&&(this._state=t,this._changed())}get _waiting(){return 0!==this._timer||this._asking}}let D=new Set(["rate_limited","unavailable"]),B=new Set(["end","gone","error"]);class J{constructor(t,{present:e=!0,random:s=Math.random}={}){this._look=()=>{window.clearTimeout(this._dozing),"hidden"===document.visibilityState?this._dozing=window.setTimeout(()=>{this._asleep=!0,this._arrange()},3e4):(this._asleep=!1,this._connection.hurry(),this._arrange())},this._stateChanged=new I.Signal(this),this._subscriptions=new Map,this._questions=new Map,this._hello=null,this._number=0,this._asleep=!1,this._dozing=0,this._lingering=0,this._later=0,this._connection=new P(t,t=>this._take(t),()=>this._changed(),e,s),document.addEventListener("visibilitychange",this._look),this._look()}get state(){return this._connection.state}get stateChanged(){return this._stateChanged}get hello(){return this._hello}subscribe(t,e,{hidden:s=!1}={}){let n=this._number+=1;return this._subscriptions.set(n,{wanted:{...t},hear:e,hidden:s,sent:!1,held:!1}),this._arrange(),new z.DisposableDelegate(()=>{this._subscriptions.get(n)?.sent&&this._connection.open&&this._connection.send({type:"unsubscribe",id:n}),this._subscriptions.delete(n),this._arrange()})}detail(t,e){if(!this._connection.open)return Promise.reject(new E(0,"unreachable","the server is not connected"));let s=this._number+=1,n=new Promise((t,e)=>{this._questions.set(s,{resolve:t,reject:e})});return this._connection.send({type:"detail",id:s,job:t,node:e}),F(n,1e4).finally(()=>this._questions.delete(s))}dispose(){document.removeEventListener("visibilitychange",this._look),window.clearTimeout(this._dozing),window.clearTimeout(this._lingering),window.clearTimeout(this._later),this._subscriptions.clear(),this._connection.dispose(),I.Signal.clearData(this)}_arrange(){let t=[...this._subscriptions.values()].some(t=>this._needs(t));if(window.clearTimeout(this._lingering),t?this._connection.want(!0):this._lingering=window.setTimeout(()=>this._connection.want(!1),5e3),this._connection.open)for(let[t,e]of this._subscriptions){let s=this._needs(e);s!==e.sent&&(e.sent=s,this._connection.send(s?{type:"subscribe",id:t,...e.wanted}:{type:"unsubscribe",id:t}))}}_needs(t){return!t.held&&(t.hidden||!this._asleep)}_take(t){let e=C(t.id)??0,s=this._subscriptions.get(e);"hello"===t.type?(this._hello={version:M(t.version),hub:!0===t.hub},this._subscriptions.forEach(t=>t.sent=!1),this._again()):this._questions.has(e)?this._answer(this._questions.get(e),t):s?.sent&&this._tell(e,s,t)}_tell(t,e,s){if("error"===s.type&&D.has(M(s.code))){e.sent=!1,e.held=!0,this._later||(this._later=window.setTimeout(()=>this._again(),1e3));return}"events"===e.wanted.topic&&"events"===s.type&&(e.wanted.after=C(s.last)??e.wanted.after??0),B.has(M(s.type))&&(this._subscriptions.delete(t),this._arrange()),e.hear(s)}_answer({resolve:t,reject:e},s){"detail"===s.type&&j(s.detail)?t(S(s.detail)):e(new E(0,M(s.code)||"unknown",M(s.message),M(s.hint)))}_again(){window.clearTimeout(this._later),this._later=0,this._subscriptions.forEach(t=>t.held=!1),this._arrange()}_changed(){if(!this._connection.open){let t=new E(0,"unreachable","the server is not connected");this._questions.forEach(({reject:e})=>e(t))}this._stateChanged.emit(this.state)}}var R=s("webpack/sharing/consume/default/@lumino/coreutils");let W="nodetool.views",H=new Set(["cancel","retry"]);class G{static async open(t){let e=[t.createComm("nodetool.control"),t.createComm(W,W)];for(let s of(await t.info,t.supportsSubshells&&"disabled"!==t.commsOverSubshells&&await F(Promise.all(e.map(t=>t.subshellStarted))).catch(()=>void 0),e))s.open();return new G(...e)}constructor(t,e){this._control=t,this._views=e,this._waiting=new Map,this._number=0,t.onMsg=t=>{let e=t.content.data;this._waiting.get(e.id)?.(e)}}request(t){if(!H.has(t.type))return this._views.send(t),Promise.resolve({ok:!0});let e=this._number+=1,s=new Promise(t=>this._waiting.set(e,t));return this._control.send({id:e,...t}),F(s).finally(()=>this._waiting.delete(e))}dispose(){this._control.dispose(),this._views.dispose()}}let K="nodetool.hello",U="nodetool_request";class V{constructor(t,e,s,n){this.kernel=t,this._page=e,this._hear=s,this._changed=n,this._greeted=t=>{t.subshellStarted?.then(()=>t.dispose()),this._connect(!0)},this._onMessage=(t,e)=>{if(y.KernelMessage.isCommMsgMsg(e)&&"nodetool.views"===e.content.comm_id){let t=e.content.data;j(t)&&this._hear(t)}},this._onStatus=(t,e)=>{("restarting"===e||"autorestarting"===e||"dead"===e)&&this._forget()},this._onConnection=(t,e)=>{"connected"===e?this._ask():this._forget()},this._acquaintance="stranger",this._comms=null,this._round=0,this._knocking=0,this._disposed=!1}begin(){let{kernel:t}=this;t.registerCommTarget(K,this._greeted),t.iopubMessage.connect(this._onMessage),t.statusChanged.connect(this._onStatus),t.connectionStatusChanged.connect(this._onConnection),t.disposed.connect(this.dispose,this),"connected"===t.connectionStatus&&this._ask()}acquaintance(){return this._acquaintance}get isDisposed(){return this._disposed}request(t,e){return this._send({type:t,job:e})}async follow(t){await this._send({type:"follow",job:t})}leave(t){"met"===this._acquaintance&&this._send({type:"unfollow",job:t}).catch(()=>void 0)}async detail(t,e){await this._send({type:"detail",job:t,node:e})}knock(){this._knocking||(this._knocking=window.setTimeout(()=>{this._knocking=0,"asked"===this._acquaintance&&this._connect(!1)},300))}dispose(){this._disposed||(this._disposed=!0,window.clearTimeout(this._knocking),this._acquaintance="stranger",this._comms?.dispose(),this.kernel.isDisposed||(this.kernel.iopubMessage.disconnect(this._onMessage),this.kernel.statusChanged.disconnect(this._onStatus),this.kernel.connectionStatusChanged.disconnect(this._onConnection),this.kernel.disposed.disconnect(this.dispose,this),this.kernel.removeCommTarget(K,this._greeted)),this._changed())}_send(t){let e={...t,page:this._page};return this._comms?this._comms.request(e):this._byControl(e)}async _ask(){this._become("asked");let t=this._round+=1,e=!1;try{let{content:t}=await this.kernel.requestCommInfo({target_name:K});e="ok"===t.status&&Object.keys(t.comms).length>0}catch{}t!==this._round||this._disposed||"met"===this._acquaintance||(e?await this._connect(!0):this._become("stranger"))}async _connect(t){let e=this._round;try{if((await this._byControl({type:"connect",page:this._page},t?4e3:6e4)).ok){this._comms?.dispose(),this._comms=null,this._become("met",e);return}}catch{}t&&e===this._round&&!this._disposed&&this.kernel.handleComms&&(this._comms??(this._comms=await G.open(this.kernel)),this._become("met",e))}_become(t,e=this._round){t===this._acquaintance||e!==this._round||this._disposed||(this._acquaintance=t,this._changed())}_byControl(t,e){let s=y.KernelMessage.createMessage({msgType:U,channel:"control",username:this.kernel.username,session:this.kernel.clientId,content:t}),n=this.kernel.sendControlMessage(s,!0,!1);return n.done.catch(()=>void 0),F(new Promise(t=>{n.onReply=e=>t(e.content)}),e).finally(()=>n.dispose())}_forget(){this._round+=1,this._comms?.dispose(),this._comms=null,this._become("stranger")}}function X(t){return Array.isArray(t)?t.map(X):j(t)?Y(t):t}function Y(t){let e=Object.create(null);for(let s of Object.keys(t))e[s]=X(t[s]);return e}function Z(t,e){for(let s of Object.keys(e)){let n=e[s];if(null===n)delete t[s];else if(j(n)){let e=t[s],i=j(e)?e:Object.create(null);t[s]=i,Z(i,n)}else t[s]=X(n)}}class Q{constructor(){this.views=new Set,this._level=new Set,this._state=null,this._last=0}take(t){switch(t.type){case"snapshot":return this._state=Y(t.state),this._last=0,this.views.forEach(t=>this._show(t)),!0;case"patch":return this._patch(t.n,t.patch);case"gone":return this.lose(),!0;default:return!0}}add(t){this.views.add(t),null!==this._state&&this._show(t)}lose(){this._state=null,this._level.clear(),this.views.forEach(t=>t.connect("static"))}get live(){return null!==this._state}_patch(t,e){if(null===this._state||t!==this._last+1)return!1;for(let s of(this._last=t,Z(this._state,e),this.views))this._level.has(s)&&s.patch(t,e)||this._show(s);return!0}_show(t){t.snapshot(this._state,this._last)?this._level.add(t):this._level.delete(t),t.connect("live")}}class tt{constructor(t=null){this._server=t,this._page=R.UUID.uuid4(),this._sessions=new Set,this._links=new Map,this._told=new Map,this._placed=new Set,t?.listen(e=>this._take(t,e),()=>this._changed(t))}adopt(t){if(this._sessions.has(t))return;this._sessions.add(t);let e=()=>this._listen(t.session?.kernel??null);t.kernelChanged.connect(e),t.disposed.connect(()=>this._sessions.delete(t)),e()}place(t,e){let s={view:t,job:t.job,session:e};return this._placed.add(s),this._settle(s),()=>{this._placed.delete(s),this._leave(s)}}linkOf({session:t}){return{request:(e,s)=>this.request(e,s,t()),detail:(e,s)=>{this._ask(this._sources(e,t()),t=>t.detail(e,s)).catch(()=>void 0)}}}request(t,e,s){let n=this._sources(e,s),i="retry"===t&&this._linkFor(e,s)?.acquaintance()==="met";return this._ask(i?n.reverse():n,s=>s.request(t,e))}reaches(t){return this._server?.acquaintance(t)==="met"||null!==this._linkFor(t,null)}_listen(t){let e=t&&this._links.get(t.id);if(null===t||t.isDisposed||e?.kernel===t||e&&!t.handleComms)return void this._settleAll();this._links.delete(t.id),e?.dispose();let s=new V(t,this._page,t=>this._take(s,t),()=>this._met(s));this._links.set(t.id,s),s.begin(),this._settleAll()}_met(t){if(t.isDisposed&&this._links.get(t.kernel.id)===t)for(let{session:e}of(this._links.delete(t.kernel.id),this._sessions))e?.kernel?.id===t.kernel.id&&e.kernel!==t.kernel&&this._listen(e.kernel);this._changed(t)}_changed(t){for(let[e,s]of this._told)s.source===t&&"met"!==t.acquaintance(e)&&(s.track.lose(),this._told.delete(e));this._settleAll()}_settleAll(){this._placed.forEach(t=>this._settle(t))}_settle({view:t,job:e,session:s}){this._server?.acquaintance(e)==="asked"&&this._server.knock(t);let n=this._sourceFor(e,s()),i=n?.acquaintance(e)??"stranger";null===n||"stranger"===i?t.connect("static"):t.ended?t.connect("met"===i?"live":"static"):"asked"===i?(t.connect("waiting"),n.knock(t)):this._show(t,this._toldBy(n,e))}_show(t,e){e.track.views.has(t)||e.track.add(t),e.track.live||(t.connect("waiting"),this._follow(t.job,e))}_follow(t,e){let s=performance.now();s-e.asked>=1e3&&(e.asked=s,e.source.follow(t).catch(()=>e.track.lose()))}_take(t,e){let s=M(e.job);if(!s)return;let n=[...this._placed].filter(t=>t.job===s);if("detail"===e.type)return void n.forEach(({view:t})=>t.detail(e.node,e.detail));if(t!==this._server&&this._server?.acquaintance(s)==="met")return;let i=this._toldBy(t,s);!i.track.take(e)&&i.track.views.size&&this._follow(s,i),n.filter(({view:t})=>!i.track.views.has(t)).forEach(t=>this._settle(t))}_toldBy(t,e){let s=this._told.get(e);if(s?.source===t)return s;let n={source:t,track:new Q,asked:-1/0};s?.track.views.forEach(t=>n.track.views.add(t)),s?.source.leave(e),this._told.set(e,n);let i=[...this._told].filter(([,{track:t}])=>0===t.views.size);return i.length>32&&this._told.delete(i[0][0]),n}_leave({view:t,job:e}){let s=this._told.get(e);s?.track.views.delete(t),[...this._placed].some(t=>t.job===e)||(this._told.delete(e),s?.source.leave(e),this._server?.leave(e))}async _ask(t,e){for(let s of t)try{if(null!==s)return await e(s)}catch{}throw Error("nobody answers")}_sources(t,e){return[this._server?.acquaintance(t)==="stranger"?null:this._server,this._linkFor(t,e)]}_sourceFor(t,e){let s=this._linkFor(t,e),n=this._server?.acquaintance(t)??"stranger";return"met"===n||"asked"===n&&s?.acquaintance()!=="met"?this._server:s}_linkFor(t,e){let s=e?.session?.kernel?.id,n=this._told.get(t)?.source;return(void 0===s?n instanceof V?n:null:this._links.get(s))??null}}var te=s("webpack/sharing/consume/default/@jupyterlab/application"),ts=s("webpack/sharing/consume/default/@jupyterlab/apputils"),tn=s("webpack/sharing/consume/default/@jupyterlab/settingregistry");let ti=/[\x00-\x1f\x7f-\x9f\u2028\u2029]/,to=/^[\w@%+=:,./-]+$/,ta={nbformat:4,nbformat_minor:5};function tr(t){return t.replace(/(\.nodetool)?\.json$/i,"")}async function tl(t,e,s,n){var i,o,a;let r,l,h=s.lastIndexOf("/"),[d,c]=[h<0?"":s.slice(0,h),s.slice(h+1)],p=function(t,e){let s=tr(t)||"workflow";for(let t=0;;t+=1){let n=`${s}${t?`-${t}`:""}.ipynb`;if(!e.has(n))return n}}(c,new Set((await t.get(d,{content:!0})).content.map(t=>t.name))),u=""===d||d.endsWith(":")?`${d}${p}`:`${d}/${p}`;return await t.save(u,{type:"notebook",format:"json",content:(o=n,a=(i=e,(l=(r=Object.values(i?.kernelspecs??{}).filter(t=>t?.language==="python")).find(t=>t?.name===i?.default)??r[0])?{name:l.name,display_name:l.display_name,language:l.language}:null),{...ta,metadata:null===a?{}:{kernelspec:a},cells:o.map(t=>({cell_type:"code",id:Math.random().toString(36).slice(2,10).padEnd(8,"0"),metadata:{},execution_count:null,outputs:[],source:t}))})}),u}let th={queued:"M8 5v3.2l2 1.4",waiting:"",starting:"M5.6 8h4.8",running:"M6.7 5.4v5.2L10.8 8z",suspended:"M6.5 5.8v4.4M9.5 5.8v4.4",completed:"M5 8.2l2.1 2.1L11.2 6",error:"M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",cancelled:"M4.6 11.4l6.8-6.8",bypassed:"M5 9.2c1-3 4.4-3 5.6-.6M10.9 6v2.8H8.2",not_run:"M5.4 8h5.2"},td={starting:"run",running:"run",suspended:"halt",completed:"good",error:"bad",cancelled:"halt"};function tc(t){return Object.hasOwn(td,t)?td[t]:"idle"}let tp=new Set(["completed","error","cancelled"]);function tu(t){return t<.001?"< 1 ms":t<.9995?`${(1e3*t).toFixed(0)} ms`:t<9.995?`${t.toFixed(2)} s`:t<59.95?`${t.toFixed(1)} s`:tg(t)}function t_(t){return t<60?`${Math.max(0,Math.floor(t))} s`:tg(Math.floor(t))}function tg(t){let e=Math.round(t),s=Math.floor(e/60),n=t=>String(t).padStart(2,"0");return s<60?`${s} min ${n(e%60)} s`:`${Math.floor(s/60)} h ${n(s%60)} min`}function tm(t){if(t<1e3)return`${Math.trunc(t)} bytes`;for(let e of["kB","MB","GB"])if((t/=1e3)<999.5)return`${Number(t.toPrecision(3))} ${e}`;return`${Number((t/1e3).toPrecision(3))} TB`}function tf(t){return Math.trunc(t).toString().replace(/\B(?=(\d{3})+$)/g,",")}function tw(t){let e=new Date(1e3*t);if(Number.isNaN(e.getTime()))return"";let s=t=>String(t).padStart(2,"0"),n=`${s(e.getHours())}:${s(e.getMinutes())}:${s(e.getSeconds())}`,i=`${e.getFullYear()}-${s(e.getMonth()+1)}-${s(e.getDate())}`;return e.toDateString()===new Date().toDateString()?n:`${i} ${n}`}let tb=/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]/g;function tv(t){return t.replace(/\r\n/g,"\n").replace(tb,"�")}let tk="nodetool:open-panel",ty="nodetool:open-job",tx="nodetool:run-file",tj="nodetool:open-picture",tS=["graph","log","outputs","timing","error","request"];async function tT(t,e,s,n=()=>!0){let i=t.watch();try{var o;await F((o=t,new Promise(t=>{let e=()=>{"loading"!==o.state&&(o.changed.disconnect(e),t())};o.changed.connect(e),e()})),5e3).catch(()=>void 0);let i=t.jobs.filter(n);if(0===i.length){let{state:s}=t,n="ready"===s?e.noSuchJobs:"loading"===s?e.loading:e.noServer;return ts.Notification.info(n,{autoClose:5e3}),null}let a=i.map(t=>e.aJob(tv(t.name||e.unnamed),s(t.status),t.id)),{button:r,value:l}=await ts.InputDialog.getItem({title:e.whichJob,items:a,okLabel:e.choose});return r.accept&&null!==l?i[a.indexOf(l)]?.id??null:null}finally{i.dispose()}}async function tM(t,e,s){let n,i=tv(s.slice(s.lastIndexOf("/")+1)),o=function(t){if(ti.test(t)||t.startsWith("~"))return null;let e=t.startsWith("-")?`./${t}`:t,s=to.test(e)?e:`'${e.replace(/'/g,"'\"'\"'")}'`;return["%load_ext nodetool_jupyter",`%nodetool run ${s}`]}(s.slice(s.lastIndexOf("/")+1));if(null===o)return ts.Notification.error(e.cannotRun(i,e.oddName)),null;let{contents:a,kernelspecs:r}=t.serviceManager;try{await r.ready,n=await tl(a,r.specs,s,o)}catch(t){return ts.Notification.error(e.cannotRun(i,tv(t instanceof Error?t.message:String(t)))),null}return await t.commands.execute("docmanager:open",{path:n,factory:"Notebook"}),n}function tC(t){return tp.has(t.status)}function tq(t,e){return(e.submitted??0)-(t.submitted??0)||(t.id<e.id?1:-1)}class tA{constructor(t){this._socket=t,this.changed=new I.Signal(this),this.ended=new I.Signal(this),this.problem=null,this.total=0,this.heard=0,this._known=new Map,this._sorted=null,this._topic=null,this._followed=null,this._watching={hidden:0,seen:0},t.stateChanged.connect(this._connected,this),this._before=t.state}get state(){return"absent"===this._socket.state?"absent":null!==this.problem?"refused":"offline"===this._socket.state?"offline":this.heard?"ready":"loading"}get jobs(){return this._sorted??(this._sorted=[...this._known.values()].sort(tq)),this._sorted}get(t){return this._known.get(t)}watch(t={}){let e=!0===t.hidden;return this._watching[e?"hidden":"seen"]+=1,this._follow(),new z.DisposableDelegate(()=>{this._watching[e?"hidden":"seen"]-=1,this._follow()})}again(){this.problem=null,this._leave(),this._follow(),this.changed.emit("all")}_follow(){let{hidden:t,seen:e}=this._watching,s=t?"hidden":e?"seen":null;if(s!==this._followed&&(null===s||"hidden"!==this._followed)&&(this._leave(),this._followed=s,null!==s)){let t=t=>this._take(t);this._topic=this._socket.subscribe({topic:"jobs"},t,{hidden:"hidden"===s})}}_leave(){this._followed=null,this._topic?.dispose(),this._topic=null}_connected(t,e){e!==this._before&&(this._before=e,this.changed.emit("all"))}_take(t){if("error"===t.type){this.problem=t,this.changed.emit("all");return}let e=0===this.heard;switch(this.heard=Date.now(),this.problem=null,t.type){case"jobs":this._list(t.jobs,t.total,e);break;case"job":this._change([t.job]);break;case"changed":this._change(t.jobs);break;case"removed":this._remove(t.jobs)}}_list(t,e,s){let n=this._known,i=this.jobs[0];if(this._known=new Map(t.map(t=>[t.id,t])),this._sorted=null,this.total=e,this.changed.emit("all"),!s)for(let e of t){let t=n.get(e.id);(t?!tC(t):!i||0>tq(e,i))&&tC(e)&&this.ended.emit(e)}}_change(t){let e=[];for(let s of t){let t=this._known.get(s.id);this.total+=+!t,this._known.set(s.id,s),tC(s)&&!(t&&tC(t))&&e.push(s)}this._sorted=null,this.changed.emit(new Set(t.map(({id:t})=>t))),e.forEach(t=>this.ended.emit(t))}_remove(t){for(let e of t)this._known.delete(e);this.total=Math.max(this._known.size,this.total-t.length),this._sorted=null,this.changed.emit(new Set(t))}}let t$=["running","queued","recent","workers","machine"],tE=["always","unseen","never"];class tO{constructor(t){this._given={},this._changed=new I.Signal(this),this.ready=null===t?Promise.resolve():this._follow(t)}get openOnStart(){return!0===this._given.openOnStart}get sections(){let t=this._given.sections,e=j(t)?t:{};return t$.filter(t=>!1!==e[t])}get notify(){return tE.find(t=>t===this._given.notify)??"unseen"}get changed(){return this._changed}async _follow(t){try{let e=await t.load("nodetool-jupyter:panel"),s=()=>{this._given=e.composite,this._changed.emit()};e.changed.connect(s),s()}catch(t){console.warn("nodetool-jupyter: the settings cannot be read, so the defaults hold",t)}}}let tN=new R.Token("nodetool-jupyter:INodetoolServer","The routes and the socket of the NodeTool server extension."),tL=new R.Token("nodetool-jupyter:INodetool","The NodeTool jobs of the user, and the panel that shows them.");function tz(t,e={},...s){let n=document.createElement(t);for(let t of Object.keys(e)){let s=e[t];null!=s&&n.setAttribute(t,s)}for(let t of s)null!==t&&n.append("string"==typeof t?tv(t):t);return n}function tI(t,e={},...s){let n=document.createElementNS("http://www.w3.org/2000/svg",t);for(let t of Object.keys(e))n.setAttribute(t,e[t]);return n.append(...s),n}function tF(t,e){let s=tv(e);t.textContent!==s&&(t.textContent=s)}function tP(t,e,s){null===s?t.removeAttribute(e):t.getAttribute(e)!==tv(s)&&t.setAttribute(e,tv(s))}function tD(t,e){let s=new Set(e);for(let e of[...t.children])s.has(e)||e.remove();let n=t.firstElementChild;for(let s of e)s===n?n=n.nextElementSibling:t.insertBefore(s,n)}class tB{constructor(){this._status="",this._done=-1,this._turning=!1,this._ring=tI("circle",{class:"nt-arc",cx:"8",cy:"8",r:"7",pathLength:"100"}),this._path=tI("path",{class:"nt-stroke"}),this.element=tI("svg",{class:"nt-sign",viewBox:"0 0 16 16","aria-hidden":"true",focusable:"false"},tI("circle",{class:"nt-track",cx:"8",cy:"8",r:"7"}),this._ring,this._path)}show(t,e){let s=Object.hasOwn(th,t)?th[t]:"";t!==this._status&&(this._status=t,this._path.setAttribute("d",s),this.element.setAttribute("data-status",t),this.element.setAttribute("data-tone",tc(t)));let n="running"===t&&null===e,i="completed"===t?100:n?28:Math.round(100*(e??0));(i!==this._done||n!==this._turning)&&(this._done=i,this._turning=n,tP(this.element,"data-turning",n?"":null),this._ring.setAttribute("stroke-dasharray",`${i} 100`))}}let tJ={back:"M10 3L5 8l5 5",out:"M9 3h4v4M13 3L8 8M7 4H3v9h9V9",cancel:"M4 4l8 8M12 4l-8 8",retry:"M12.5 8a4.5 4.5 0 1 1-1.4-3.25M12.5 2.5v3h-3"};function tR(t){return tI("svg",{class:"ntp-sign",viewBox:"0 0 16 16","aria-hidden":"true",focusable:"false"},tI("path",{d:tJ[t]}))}function tW(t,e,s){let n=tz("button",{type:"button",class:"nt-tool",title:e,"aria-label":e},tR(t));return tP(n,"data-tool",t),n.addEventListener("click",s),n}function tH(t,e){return t.name||t.workflow||e.view.unnamed}function tG(t,e){return"cancelled"===t.status&&"cancelled_by_user"===t.reason?e.view.cancelledByYou:e.view.state(t.status)}function tK(t,e){let s=t.started??null,n=t.ended??(tp.has(t.status)?null:e);return null===s||null===n?null:Math.max(0,n-s)}class tU{constructor(t,e,s){this.id=t,this._strings=e,this._now=s,this._sign=new tB,this._name=tz("span",{class:"ntp-row-name",dir:"auto"}),this._time=tz("span",{class:"ntp-row-time"}),this._word=tz("span",{class:"ntp-row-state"}),this._more=tz("span",{class:"ntp-row-more"}),this._bar=tz("div",{class:"ntp-bar","aria-hidden":"true"}),this._fill=tz("div",{class:"ntp-fill"}),this._quick=tz("button",{type:"button",class:"nt-tool ntp-quick",tabindex:"-1","aria-hidden":"true"}),this._record=null,this._heard=0,this.element=tz("div",{class:"ntp-row",role:"option",tabindex:"-1","aria-selected":"false"},this._sign.element,tz("div",{class:"ntp-row-line"},this._name,this._time),tz("div",{class:"ntp-row-line ntp-soft"},this._word,this._more),this._bar,this._quick),this._bar.append(this._fill),this.element.dataset.job=t}get ticks(){return null!==this._record&&!tp.has(this._record.status)&&"queued"!==this._record.status}draw(t){if(t===this._record)return;this._record=t,this._heard=this._now();let e=this._strings,{status:s}=t,n=tp.has(s),i=n?null:t.progress??null;this._sign.show(s,"running"===s?i:i??0),tP(this.element,"data-tone",tc(s)),tP(this.element,"data-status",s);let o=tH(t,e);tF(this._name,o),tP(this._name,"title",o),tF(this._word,tG(t,e)),this._bar.hidden=n||"queued"===s,this._fill.style.transform=`scaleX(${(i??0).toFixed(4)})`;let a=n?"completed"===s?"":"retry":"cancel";this._quick.hidden=""===a,a&&this._quick.dataset.quick!==a&&(this._quick.dataset.quick=a,this._quick.replaceChildren(tR(a))),tP(this._quick,"title","retry"===a?e.retry:e.cancel),tP(this.element,"aria-label",this._label(t,o)),this.tick()}tick(){let t=this._record;if(null===t)return;let e=this._now(),s=tp.has(t.status),n=tK(t,e),i=t.queue_position??null,o="queued"===t.status&&null!==i?this._strings.position(i):"";tF(this._time,null===n?o:s?tu(n):t_(n)),tF(this._more,this._rest(t,e))}_rest(t,e){let s=this._strings,n=tp.has(t.status),i=t.left??null,o=t.progress??null;return[!n&&null!==o?s.percent(tV(o)):"",!n&&null!==i?s.left(t_(Math.ceil(i-(e-this._heard)))):"",n&&t.ended?tw(t.ended):"",t.strategy??"",tX(t.notebook)].filter(Boolean).join(" \xb7 ")}_label(t,e){let s=this._strings,n=t.progress??null,i=tp.has(t.status),o=t.queue_position??null,a=i?tK(t,0):null;return[e,tG(t,s),!i&&null!==n?s.percent(tV(n)):"","queued"===t.status&&null!==o?s.position(o):"",null===a?"":tu(a),t.strategy??"",t.notebook?s.from(tX(t.notebook)):""].filter(Boolean).join(", ")}}function tV(t){return String(Math.floor(100*t+1e-6))}function tX(t){return(t??"").split("/").pop()??""}class tY{constructor(t,e,s,n){this._server=t,this._roster=e,this._strings=s,this._openFile=n}async cancel(t){let e=this._strings;try{await this._server.cancel(t)||ts.Notification.info(e.ended,{autoClose:3e3})}catch(t){tZ(e.cancelFailed,t)}}async retry(t){let e=this._strings;try{let s=await this._server.retry(t);return ts.Notification.info(e.retried(this._name(t)),{autoClose:3e3}),s}catch(t){return tZ(e.retryFailed,t),null}}async remove(t){let e=this._strings,{button:s}=await (0,ts.showDialog)({title:e.removeAsk(this._name(t)),body:e.removeText,buttons:[ts.Dialog.cancelButton({label:e.keep}),ts.Dialog.warnButton({label:e.remove})],defaultButton:0});if(!s.accept)return!1;try{return await this._server.remove(t),!0}catch(t){return tZ(e.removeFailed,t),!1}}async copyId(t){let e=this._strings;try{await navigator.clipboard.writeText(t),ts.Notification.info(e.copied,{autoClose:3e3})}catch{ts.Notification.info(e.notCopied(t))}}async openNotebook({notebook:t}){if(t)try{await this._openFile(t)}catch(t){tZ(this._strings.notebookFailed,t)}}_name(t){let e=this._roster.get(t);return e?tv(tH(e,this._strings)):t}}function tZ(t,e){let s=e instanceof Error?e.message:String(e);ts.Notification.error(tv(`${t}: ${s}`))}var tQ=s("webpack/sharing/consume/default/@lumino/widgets");class t0{constructor(){this.all=!1,this.job=!1,this.outputs=!1,this.log=!1,this.nodes=new Set,this.edges=new Set,this.details=new Set}clear(){this.all=this.job=this.outputs=this.log=!1,this.details.clear()}}class t1{constructor(t){this.touched=new t0,this._state=Object.create(null),this._graph="",this._next=1,this._received=0,this._details=new Map,this.snapshot(t)}snapshot(t,e=0){var s;let n=JSON.stringify(t.graph??null);(s=this.touched).all||(s.all=n!==this._graph||this.id!==M(S(t.job).id));let i=this._state;this._state=Y(t),this._graph=n,this._next=e+1,this._received=performance.now(),this._touch(i),this._touch(this._state),this.touched.job=!0}patch(t,e){return t===this._next&&(this._next+=1,this._received=performance.now(),Z(this._state,e),void 0!==e.graph&&(this.touched.all=!0,this._graph=""),this._touch(e),!0)}detail(t,e){this._details.set(t,Y(e)),this.touched.details.add(t)}detailOf(t){let e=S(this._state.details)[t];return this._details.get(t)??(j(e)?e:null)}get whole(){return this._state}part(t){return S(this._state[t])}get job(){return this.part("job")}get id(){return M(this.job.id)}get status(){return M(this.job.status)}get ended(){return tp.has(this.status)}node(t){return S(this.part("nodes")[t])}nodeStatus(t){return M(this.node(t).status)||"waiting"}nodeName(t){return M(S(S(this.part("graph").nodes)[t]).name)||t}get at(){return C(this._state.at)}now(t){let e=this.at;return null===e?null:e+(t?(performance.now()-this._received)/1e3:0)}span(t,e,s){let n=e??this.now(s);return null===t||null===n?null:Math.max(0,n-t)}_touch(t){let{touched:e}=this;for(let s of(e.job||(e.job=void 0!==t.job||void 0!==t.at),e.outputs||(e.outputs=void 0!==t.outputs),e.log||(e.log=void 0!==t.log),["nodes","edges","details"]))for(let n of Object.keys(S(t[s])))e[s].add(n);(null===t.nodes||null===t.edges)&&(e.all=!0)}}class t2{constructor(t,e,s,n){this.id=t,this._server=e,this._socket=s,this._roster=n,this.changed=new I.Signal(this),this.request=null,this.notebook=null,this.state=null,this.problem="",this.gone=!1,this._topic=null,this._view=null,this._live=!1,this._last=0,this._round=0,this.record=n.get(t)??null,n.changed.connect(this._listed,this),s.stateChanged.connect(this._connected,this)}get connection(){return"open"!==this._socket.state?"static":this._live?"live":"waiting"}get ended(){return this.state?.ended??!1}follow(){null!==this._topic||this.gone||(this._ask(),this._topic=this._socket.subscribe({topic:"state",job:this.id},t=>this._take(t)))}again(){this.sleep(),this.follow()}sleep(){this._topic?.dispose(),this._topic=null,this._live=!1}show(t){this._view=t,null!==this.state&&t.snapshot(this.state.whole,this._last),t.connect(this.connection)}dispose(){this.sleep(),this._view=null,this._round+=1,this._roster.changed.disconnect(this._listed,this),this._socket.stateChanged.disconnect(this._connected,this)}async _ask(){let t=this._round+=1;try{let{job:e,state:s,request:n,notebook:i}=await this._server.job(this.id);if(t!==this._round)return;this.record=this._roster.get(this.id)??e,this.request=n,this.notebook=i??e.notebook??null,this.problem="",null===this.state&&j(s)&&this._snapshot(s)}catch(e){if(t!==this._round)return;this.gone||(this.gone=e instanceof E&&404===e.status),this.problem=e instanceof Error?e.message:String(e)}this.changed.emit("about")}_take(t){switch(t.type){case"snapshot":this._live=!0,this._snapshot(t.state),this._view?.connect(this.connection);break;case"patch":this._patch(t.n,t.patch);break;case"gone":this.gone=!0,this.sleep(),this.changed.emit("about");break;case"end":this._ask();break;case"error":this.sleep(),this.problem=t.message,this.changed.emit("about")}}_snapshot(t){null===this.state?this.state=new t1(t):this.state.snapshot(t),this._last=0,this._view?.snapshot(t),this.changed.emit("state")}_patch(t,e){null!==this.state&&this.state.patch(t,e)?(this._last=t,this._view?.patch(t,e),this.changed.emit("state")):this.again()}_listed(t,e){let s=this._roster.get(this.id);s&&s!==this.record?(this.record=s,this.changed.emit("about")):!s&&"all"!==e&&e.has(this.id)&&(this.gone=!0,this.sleep(),this.changed.emit("about"))}_connected(t,e){this._live&&(this._live="open"===e),this._view?.connect(this.connection),this.changed.emit("connection")}}let t4={running:["starting","running","suspended"],queued:["queued"],completed:["completed"],error:["error"],cancelled:["cancelled"]};class t6{constructor(t,e){this._roster=t,this._server=e,this.changed=new I.Signal(this),this.busy=!1,this.problem="",this._filter={text:"",state:""},this._limit=200,this._after=void 0,this._merged=null,this._round=0,this._timer=0,this._older=new Map,t.changed.connect(this._heard,this)}get filter(){return this._filter}set filter(t){this._filter={...t},this._limit=200,this._after=void 0,this._round+=1,this.problem="",this.busy=!1,window.clearTimeout(this._timer),this._narrow&&this._roster.total>this._all().length&&(this.busy=!0,this._timer=window.setTimeout(()=>void this._fetch(),250)),this.changed.emit()}get groups(){let t=this._all().filter(t=>this._matches(t)),e={running:[],queued:[],recent:[],matching:t.length,more:!1},s=0;for(let n of t)tC(n)?(s+=1)<=this._limit&&e.recent.push(n):e["queued"===n.status?"queued":"running"].push(n);return e.queued.sort(t8),e.more=s>this._limit||!this._exhausted&&this._roster.total>this._all().length,e}async more(){let t=this.groups.matching>this._limit;this._limit+=200,t?this.changed.emit():await this._fetch()}get(t){return this._roster.get(t)??this._older.get(t)}dispose(){this._round+=1,window.clearTimeout(this._timer),this._roster.changed.disconnect(this._heard,this)}get _narrow(){return""!==this._filter.text.trim()||""!==this._filter.state}get _exhausted(){return null===this._after}_matches(t){let e=this._filter.text.trim().toLowerCase(),s=[t.name,t.workflow,t.id],n=this._filter.state?t4[this._filter.state]:null;return(!e||s.some(t=>t?.toLowerCase().includes(e)))&&(null===n||n.includes(t.status))}_all(){return this._merged??(this._merged=this._older.size?[...this._roster.jobs,...[...this._older.values()].filter(({id:t})=>!this._roster.get(t))].sort(tq):this._roster.jobs),this._merged}async _fetch(){let t=this._round;this.busy=!0,this.changed.emit();try{for(;null!==this._after;){let{jobs:e,next:s}=await this._server.jobs(this._query());if(t!==this._round)return;this._after=s;let n=e.filter(({id:t})=>!this.get(t));if(n.forEach(t=>this._older.set(t.id,t)),this._merged=null,n.length)break}this.problem=""}catch(e){if(t!==this._round)return;this.problem=e instanceof E?e.message:String(e)}this.busy=!1,this.changed.emit()}_query(){let{text:t,state:e}=this._filter;return{sort:"-submitted",limit:200,...t.trim()?{q:t.trim()}:{},...e?{status:[...t4[e]]}:{},...this._after?{after:this._after}:{}}}_heard(t,e){if(this._merged=null,"all"===e)this._after=null!==this._after||this._narrow?this._after:void 0;else for(let t of e)this._roster.get(t)||this._older.delete(t);this.changed.emit()}}function t8(t,e){return(t.queue_position??1/0)-(e.queue_position??1/0)||-tq(t,e)}class t3{constructor(){this.element=tz("div",{class:"nt-unseen",role:"status","aria-live":"polite"}),this._speak=()=>{this._timer=0,this._last=performance.now(),tF(this.element,this._pending)},this._pending="",this._timer=0,this._last=-1/0}say(t){if(this._pending=t,!this._timer){let t=this._last+1e4-performance.now();t<=0?this._speak():this._timer=window.setTimeout(this._speak,t)}}dispose(){window.clearTimeout(this._timer)}}let t5={graph:"M4 14h16v12H4zM44 3h16v12H44zM44 25h16v12H44zM20 20h8c8 0 8-11 16-11M28 20c8 0 8 11 16 11",cut:"M4 14h16v12H4zM44 14h16v12H44zM20 20h7M37 20h7M29 13l6 14M35 13l-6 14",lens:"M28 4a13 13 0 1 0 .01 0zM37.5 26.5l10 10M22 17h12",plug:"M6 20h16M22 12v16a8 8 0 0 0 8 0V12zM30 16h7M30 24h7M48 12h-4v16h4M48 20h12",fault:"M32 4L53 36H11zM32 15v10M32 30v1"};function t9(t,e,...s){return tz("div",{class:"ntp-message"},tI("svg",{class:"ntp-picture",viewBox:"0 0 64 40","aria-hidden":"true",focusable:"false"},tI("path",{d:t5[t]})),tz("p",{class:"ntp-message-title"},e),...s)}function t7(t){return tz("p",{class:"ntp-message-text"},t)}function et(t,e,s="nt-button"){let n=tz("button",{type:"button",class:s},t);return n.addEventListener("click",e),n}function ee(t){return tz("div",{class:"ntp-skeleton","aria-hidden":"true"},...Array.from({length:t},()=>tz("div",{class:"ntp-bone"},tz("i"),tz("span"),tz("span"))))}class es{constructor(t,e,s){this._host=t,this._selector=e,this._axis=s,this._here=null,t.addEventListener("keydown",t=>{!t.altKey&&!t.ctrlKey&&!t.metaKey&&!t.shiftKey&&this._press(t)&&(t.preventDefault(),t.stopPropagation())}),t.addEventListener("focusin",s=>{let n=s.target.closest(e);n&&t.contains(n)&&this.stand(n)})}get here(){return this._here}settle(){let t=this._all();for(let e of t)e!==this._here&&(e.tabIndex=-1);(null===this._here||!t.includes(this._here))&&(this._here=null,t[0]&&this.stand(t[0]))}stand(t){null!==this._here&&this._here!==t&&(this._here.tabIndex=-1),this._here=t,t.tabIndex=0}go(t){this.stand(t),t.focus()}first(){let[t]=this._all();return t&&this.go(t),void 0!==t}_press(t){let e=this._all(),s=null===this._here?-1:e.indexOf(this._here),n=s<0?null:this._target(t.key,s,e.length);if(null===n)return!1;let i=e[Math.max(0,Math.min(e.length-1,n))];return i&&this.go(i),!0}_target(t,e,s){let n="horizontal"===this._axis&&"rtl"===getComputedStyle(this._host).direction,[i,o]="vertical"===this._axis?["ArrowUp","ArrowDown"]:["ArrowLeft","ArrowRight"];switch(t){case n?i:o:return e+1;case n?o:i:return e-1;case"Home":return 0;case"End":return s-1;case"PageDown":return"vertical"===this._axis?e+10:null;case"PageUp":return"vertical"===this._axis?e-10:null;default:return null}}_all(){return[...this._host.querySelectorAll(this._selector)].filter(t=>!t.hidden)}}let en=0;class ei{constructor(t,e,s){this._chosen=s,this.pages=tz("div",{class:"ntp-pages"}),this._tabs=new Map,this._current=null;let n=`nodetool-tabs-${en+=1}`;for(let{name:s,label:i,page:o}of(this.bar=tz("div",{class:"ntp-tabs",role:"tablist","aria-label":t}),e)){let t=tz("button",{...{type:"button",role:"tab",class:"ntp-tab",id:`${n}-${s}`},...{"aria-controls":`${n}-${s}-page`,"aria-selected":"false",tabindex:"-1"}});tF(t,i),o.id=`${n}-${s}-page`,o.setAttribute("role","tabpanel"),o.setAttribute("aria-labelledby",t.id),o.tabIndex=-1,o.hidden=!0,t.addEventListener("click",()=>this.choose(s)),t.addEventListener("focus",()=>this.choose(s)),this._tabs.set(s,{tab:t,page:o}),this.bar.append(t),this.pages.append(o)}this._roving=new es(this.bar,".ntp-tab","horizontal")}get current(){return this._current}choose(t){let e=this._tabs.get(t);if(e&&t!==this._current){for(let[e,{tab:s,page:n}]of(this._current=t,this._tabs))tP(s,"aria-selected",String(e===t)),n.hidden=e!==t;this._roving.stand(e.tab),this._chosen(t)}}offer(t,e,s){let n=this._tabs.get(t);n&&n.tab.hidden===e&&(n.tab.hidden=!e,e||this._current!==t||this.choose(s))}}class eo{constructor(t){this._draw=t,this._asked=0}ask(){this._asked||(this._asked=requestAnimationFrame(()=>{this._asked=0,this._draw()}))}dispose(){cancelAnimationFrame(this._asked),this._asked=0}}class ea{constructor(t,e){this._tick=e,this._set=()=>{let t=this._wanted&&this._shown&&"visible"===document.visibilityState;t&&!this._timer?(this._timer=window.setInterval(this._tick,1e3),this._tick()):!t&&this._timer&&(window.clearInterval(this._timer),this._timer=0)},this._wanted=!1,this._shown=!1,this._timer=0,this._watch=new IntersectionObserver(t=>{this._shown=t[t.length-1]?.isIntersecting??!1,this._set()}),this._watch.observe(t),document.addEventListener("visibilitychange",this._set)}want(t){this._wanted=t,this._set()}dispose(){this._wanted=!1,this._set(),this._watch.disconnect(),document.removeEventListener("visibilitychange",this._set)}}class er{constructor(t,e){this.job=t,this._server=e,this.changed=new I.Signal(this),this.lines=[],this.cut=!1,this.heard=!1,this.problem="",this._after=0,this._over=!1,this._wanted=!1,this._busy=!1,this._timer=0,this._disposed=!1}more(){this._wanted=!0,this._busy||this._timer||this._over||this._disposed||this._read()}dispose(){this._disposed=!0,window.clearTimeout(this._timer)}async _read(){this._busy=!0,this._wanted=!1;try{for(let t=-1;this._after>t&&!this._over;){t=this._after;let{lines:e,next:s,end:n}=await this._server.logs(this.job,{after:t,limit:1e3});if(this._disposed)return;this._keep(e),this._after=s,this._over=n}this.problem=""}catch(t){this.problem=t instanceof Error?t.message:String(t)}this.heard=!0,this._busy=!1,this.changed.emit(),this._timer=window.setTimeout(()=>{this._timer=0,this._wanted&&this.more()},300)}_keep(t){this.lines.push(...t),this.lines.length>5e3&&(this.lines.splice(0,this.lines.length-5e3),this.cut=!0)}}let el=["debug","info","warning","error"];class eh{constructor(t,e){this._offered=new Set;let s=t=>tz("option",{value:""},t);for(let n of(this._search=tz("input",{...{type:"search",class:"nt-field"},...{placeholder:t.filter,"aria-label":t.filter}}),this._severity=tz("select",{class:"nt-field","aria-label":t.everySeverity}),this._severity.append(s(t.everySeverity),...el.map(t=>tz("option",{value:t},t))),this._node=tz("select",{class:"nt-field","aria-label":t.everyNode}),this._node.append(s(t.everyNode)),[this._search,this._severity,this._node]))n.addEventListener("input",e);this.element=tz("div",{class:"nt-filter"},this._search,this._severity,this._node),this._node.hidden=!0}takes(t){let e=this._search.value.trim().toLowerCase(),s=el.indexOf(this._severity.value);return(!e||t.text.toLowerCase().includes(e))&&(s<0||el.indexOf(t.severity.toLowerCase())>=s)&&(!this._node.value||t.node===this._node.value)}offer(t,e){t&&!this._offered.has(t)&&(this._offered.add(t),this._node.append(tz("option",{value:t},e)),this._node.hidden=this._offered.size<2)}}function ed(t,e){let s=j(t)?t:{text:t},n=C(s.time),i=M(s.severity).toLowerCase();return tz("div",{class:"nt-entry","data-severity":i},null===n?null:tz("time",{},tw(n)),i&&"info"!==i?tz("b",{},i):null,e?tz("i",{},e):null,tz("span",{},M(s.text)))}class ec{constructor(t,e){this._model=t,this._strings=e,this._count=tz("span",{class:"nt-fold-count"}),this._latest=tz("span",{class:"nt-latest"}),this._lines=tz("div",{class:"nt-lines nt-scroll",tabindex:"0"}),this._order=[],this._drawn=new Map,this._follows=!0,this._filter=new eh(e,()=>this._list()),this._lines.addEventListener("scroll",()=>{let{scrollTop:t,clientHeight:e,scrollHeight:s}=this._lines;this._follows=t+e>=s-8}),this.element=tz("details",{class:"nt-fold nt-log"},tz("summary",{},tz("span",{class:"nt-fold-title"},e.log),this._count,this._latest),this._filter.element,this._lines),this.element.addEventListener("toggle",()=>this._list())}draw(){let t=this._model.part("log"),e=Object.keys(t).sort((t,e)=>Number(t)-Number(e));this._order=e;let s=C(this._model.job.lines_cut)??0,n=this._strings;this.element.hidden=0===e.length&&0===s;let i=n.lines(e.length,tf(e.length));tF(this._count,s?`${i} \xb7 ${n.cut(tf(s))}`:i);let o=e[e.length-1];tF(this._latest,void 0===o?"":M(S(t[o]).text).split("\n",1)[0]??""),this.element.open&&this._list()}_list(){if(!this.element.open)return;this._choices();let t=this._model.part("log"),e=this._order.filter(e=>this._wanted(S(t[e]))),s=new Map;for(let n of e){let e=S(t[n]),i=M(e.node);s.set(n,this._drawn.get(n)??ed(e,i&&this._model.nodeName(i)))}this._drawn=s;let n=this._order.length?this._strings.noMatch:this._strings.noLog;tD(this._lines,e.length?[...s.values()]:[tz("p",{class:"nt-none"},n)]),this._follows&&(this._lines.scrollTop=this._lines.scrollHeight)}_wanted(t){return this._filter.takes({text:M(t.text),severity:M(t.severity),node:M(t.node)})}_choices(){let t=this._model.part("log");for(let e of this._order){let s=M(S(t[e]).node);this._filter.offer(s,this._model.nodeName(s))}}}class ep{constructor(t,e,s){this._model=t,this._strings=s,this._body=tz("div",{class:"nt-lines ntp-lines",tabindex:"0",role:"log","aria-live":"off"}),this._count=tz("span"),this._drawn=new Map,this._follows=!0,this._lines=new er(t.id,e),this._lines.changed.connect(this._list,this),this._filter=new eh(s.view,()=>this._list()),this._newest=et(s.follow,()=>this._toEnd(),"nt-button ntp-newest"),this._newest.hidden=!0,this._body.addEventListener("scroll",()=>{let{scrollTop:t,clientHeight:e,scrollHeight:s}=this._body;this._follows=t+e>=s-8,this._newest.hidden=this._follows}),this.element=tz("div",{class:"ntp-page ntp-log"},this._filter.element,this._body,this._newest,tz("p",{class:"ntp-soft ntp-page-foot"},this._count))}draw(t){let e=t.state?.touched;(!this._lines.heard||e?.log||e?.all||t.ended)&&this._lines.more()}shown(t){t&&this._lines.more(),t&&this._follows&&this._toEnd()}dispose(){this._lines.changed.disconnect(this._list,this),this._lines.dispose()}_list(){let{lines:t,cut:e,heard:s,problem:n}=this._lines,i=this._strings,o=new Map;for(let e of t){var a;let t=e.node??"",s=t&&(this._model.state?.nodeName(t)??t);this._filter.offer(t,s),this._filter.takes({text:e.text,severity:e.severity,node:t})&&o.set(e,this._drawn.get(e)??ed({time:(a=e).time,severity:a.severity,text:a.text},s))}this._drawn=o;let r=n||(s?t.length?i.view.noMatch:i.view.noLog:i.asking);tD(this._body,o.size?[...o.values()]:[tz("p",{class:"nt-none"},r)]);let[l,h]=[tf(o.size),tf(t.length)],d=o.size<t.length?i.someLines(t.length,l,h):i.lines(t.length,h);tF(this._count,[t.length?d:"",e?i.earlier:"",t.length?n:""].filter(Boolean).join(" \xb7 ")),this._follows&&this._toEnd()}_toEnd(){this._body.scrollTop=this._body.scrollHeight,this._follows=!0,this._newest.hidden=!0}}let eu=/^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/;function e_(t){let e=S(t),s=M(e.note);return tz("div",{class:"nt-shown"},function(t){let e=M(t.text);switch(M(t.kind)){case"table":var s;let n,i;return n=T((s=t).columns).map(t=>tz("th",{scope:"col"},M(t))),i=T(s.rows).map(t=>tz("tr",{},...T(t).map(t=>tz("td",{},M(t))))),tz("div",{class:"nt-table",tabindex:"0",role:"group"},tz("table",{},n.length?tz("thead",{},tz("tr",{},...n)):null,tz("tbody",{},...i)));case"picture":var o=t;let a=M(o.image),r=M(o.text);if(!eu.test(a))return tz("span",{class:"nt-line"},r);let l=M(o.alt)||r;return tz("figure",{class:"nt-picture"},tz("img",{src:a,alt:l}),r&&r!==l?tz("figcaption",{},r):null);case"text":return tz("pre",{class:"nt-text",tabindex:"0"},e);case"array":return tz("code",{class:"nt-line"},e);default:return tz("span",{class:"nt-line"},e)}}(e),s?tz("div",{class:"nt-note"},s):null)}function eg(t,e){let s=Object.keys(t);if(0===s.length)return tz("p",{class:"nt-none"},e);let n=s.map(e=>tz("div",{class:"nt-value"},tz("dt",{},e),tz("dd",{},e_(t[e]))));return tz("dl",{class:"nt-values"},...n)}class em{constructor(t,e,s){this._model=t,this._server=e,this._strings=s,this.element=tz("div",{class:"ntp-page ntp-outputs"}),this._asked=""}draw(t){let e=JSON.stringify([t.state?.part("outputs")??{},t.ended]);e!==this._asked&&(this._asked=e,this._list(t.state?.part("outputs")??{}),this._ask(e))}async _ask(t){try{let e=await this._server.outputs(this._model.id);t===this._asked&&this._list(e)}catch{}}_list(t){let e=this._strings,s=Object.keys(t);if(0===s.length){let t=this._model.ended?e.noOutputs:e.noOutputsYet;this.element.replaceChildren(tz("p",{class:"nt-none"},t));return}let n=s.map(e=>{let s=S(t[e]),n=this._link(e,M(s.ref));return tz("div",{class:"nt-value"},tz("dt",{},tz("span",{dir:"auto"},e),n),tz("dd",{},e_(s)))});this.element.replaceChildren(tz("dl",{class:"nt-values"},...n))}_link(t,e){if(!e)return null;let s=this._strings,n=e.lastIndexOf("."),i=tz("a",{class:"ntp-download","aria-label":s.downloadOf(t)},s.download);return i.href=this._server.valueUrl(this._model.id,e),i.download=`${t}${n<0?"":e.slice(n)}`,i}}class ef{constructor(t,e,s){this.id=t,this._still=e,this._strings=s,this._sign=null,this._shownStatus="",this._figures=tz("span",{class:"nt-card-figures"}),this._time=tz("span",{class:"nt-card-time"}),this._sent=tz("span",{class:"nt-card-sent"}),this._bar=tz("span",{class:"nt-card-bar","aria-hidden":"true"}),this.box=A(e);let{x:n,y:i,w:o,h:a}=this.box;this._name=M(e.name)||t;let r=M(e.kind),l=this._name===M(e.type)&&r.includes(".");this._type=l?r.slice(0,r.lastIndexOf(".")):M(e.type),this.element=tz("div",{class:"nt-card",role:"button",tabindex:"-1"}),this.element.style.cssText=`left:${n}px;top:${i}px;width:${o}px;height:${a}px`}draw(t,e,s){let n=this._status(t),i=q(t.node(this.id).part);if(this._shownStatus!==n&&(this._shownStatus=n,this.element.dataset.status=n,this.element.dataset.tone=tc(n)),tP(this.element,"aria-label",this._label(t,n,i)),s){this._fill(),this._sign?.show(n,i);let s="running"===n&&null!==i;this._bar.hidden=!s,s&&(this._bar.style.transform=`scaleX(${i.toFixed(3)})`),this.tick(t,e)}}tick(t,e){if(this._sign){let s=this._items(t),[n,i]=[this._spent(t,e),s>1?`${tf(s)} →`:""];tF(this._time,n),tF(this._sent,i),this._figures.hidden=!n&&!i}}running(t){return"running"===t.nodeStatus(this.id)}_status(t){let e=t.nodeStatus(this.id);return"waiting"===e&&!0===this._still.bypassed?"bypassed":e}_spent(t,e){let s=t.node(this.id),n=this._shownStatus;if("waiting"===n)return"";let i=C(s.ended),o=t.span(C(s.started),i,e&&!t.ended);return null!==o?null===i?t_(o):tu(o):"completed"===n||"running"===n?"":this._strings.state(n)}_items(t){return C(t.node(this.id).items)??0}_label(t,e,s){let n="running"===e&&null!==s?`${Math.floor(100*s)} %`:"",i=this._items(t),o=i>1?this._strings.items(i,tf(i)):"";return[this._name,this._type,this._strings.state(e),n,o].filter(Boolean).join(", ")}_fill(){this._sign||(this._sign=new tB,this._figures.append(this._time,this._sent),this.element.append(this._sign.element,tz("span",{class:"nt-card-name",title:this._name},this._name),tz("span",{class:"nt-card-type",title:M(this._still.kind)||this._type},this._type),this._figures,this._bar))}}class ew{constructor(){this.element=tI("svg",{class:"nt-edges","aria-hidden":"true",focusable:"false"}),this._dim=()=>{let t=performance.now(),e=1/0;for(let[s,n]of this._lit)n<=t?(s.classList.remove("nt-lit"),this._lit.delete(s)):e=Math.min(e,n);this._timer=1/0===e?0:window.setTimeout(this._dim,e-t+1)},this._paths=new Map,this._counts=new Map,this._lit=new Map,this._timer=0,this._dots=0}build(t,e){var s,n;let i;this.dispose();let o=(s=t,n=e,Object.keys(i=S(s.part("graph").edges)).flatMap(t=>{let e=S(i[t]),s=n.get(M(e.from)),o=n.get(M(e.to)),a={out:M(e.from_handle),into:M(e.to_handle)};return s&&o?[{key:t,from:s,to:o,...a,control:!0===e.control}]:[]})),a=function(t){let e=new Map,s=t=>{let s=e.get(t)??{out:new Map,into:new Map};return e.set(t,s),s},n=(t,e,s)=>t.set(e,Math.min(s,t.get(e)??1/0));for(let e of t)n(s(e.from).out,e.out,e.to.y),n(s(e.to).into,e.into,e.from.y);let i=(t,e,s)=>{let n=[...e.keys()].sort((t,s)=>(e.get(t)??0)-(e.get(s)??0));return t.y+t.h*(n.indexOf(s)+1)/(n.length+1)};return t=>({x1:t.from.x+t.from.w,y1:i(t.from,s(t.from).out,t.out),x2:t.to.x,y2:i(t.to,s(t.to).into,t.into)})}(o),r=o.map(t=>{let e=tI("path",{class:"nt-edge",d:function({x1:t,y1:e,x2:s,y2:n}){let i=s<t?Math.min(160,60+(t-s)/4):Math.max(16,(s-t)/2),[o,a]=[(t+i).toFixed(1),(s-i).toFixed(1)];return`M${t} ${e.toFixed(1)}C${o} ${e.toFixed(1)} ${a} ${n.toFixed(1)} ${s} ${n.toFixed(1)}`}(a(t))});return tP(e,"data-control",t.control?"true":null),this._paths.set(t.key,e),e}),l=o.flatMap(t=>{let{x1:e,y1:s,x2:n,y2:i}=a(t);return[[e,s],[n,i]].map(([t,e])=>tI("circle",{class:"nt-port",cx:String(t),cy:String(e),r:"2.5"}))});for(let e of(this.element.replaceChildren(...r,tI("g",{class:"nt-ports"},...l)),this._counts.clear(),this._paths.keys()))this.count(t,e,!1)}count(t,e,s){let n=this._paths.get(e),i=C(t.part("edges")[e])??0,o=this._counts.get(e)??0;n&&i!==o&&(this._counts.set(e,i),tP(n,"data-passed",i>0?"true":null),s&&i>o&&this._light(n))}dispose(){window.clearTimeout(this._timer),this._timer=0,this._lit.clear(),this._paths.clear()}_light(t){this._lit.has(t)||(t.classList.add("nt-lit"),this._travel(t)),this._lit.set(t,performance.now()+900),this._timer||(this._timer=window.setTimeout(this._dim,900))}_travel(t){if(window.matchMedia("(prefers-reduced-motion: reduce)").matches||this._dots>=24||"function"!=typeof t.animate)return;let e=tI("circle",{class:"nt-dot",r:"3.5"});e.style.offsetPath=`path('${t.getAttribute("d")}')`,this.element.append(e),this._dots+=1;let s=()=>{e.remove(),this._dots-=1};e.animate([{offsetDistance:"0%"},{offsetDistance:"100%"}],{duration:800,easing:"ease-in-out"}).finished.then(s,s)}}let eb={"+":1.4,"=":1.4,"-":1/1.4,0:0};class ev{constructor(t,e){this._acts=e,this._boxes=new Map,this._edges=[],this._order=[],this._here=null,this._element=()=>null,t.addEventListener("keydown",t=>{!t.altKey&&!t.ctrlKey&&!t.metaKey&&this._press(t.key)&&(t.preventDefault(),t.stopPropagation())}),t.addEventListener("focusin",()=>{null!==this._here&&t.querySelector(":focus-visible")&&this._acts.reveal(this._here)})}build(t,e,s){this._boxes=t,this._edges=e,this._element=s,this._order=[...t.keys()].sort((e,s)=>{var n,i;return n=t.get(e),i=t.get(s),n&&i?n.x-i.x||n.y-i.y:0});let n=null!==this._here&&t.has(this._here)?this._here:this._order[0]??null;this._here=null,null!==n&&this.stand(n)}stand(t){null!==this._here&&this._element(this._here)?.setAttribute("tabindex","-1"),this._here=t,this._element(t)?.setAttribute("tabindex","0")}_press(t){let e=this._here;if(null===e)return!1;if("Enter"===t||" "===t)return this._acts.open(e),!0;if(Object.hasOwn(eb,t))return this._acts.zoom(eb[t]),!0;let s=this._next(e,t);return void 0!==s&&(null!==s&&s!==e&&(this.stand(s),this._element(s)?.focus({preventScroll:!0})),!0)}_next(t,e){switch(e){case"ArrowRight":return this._nearest(t,this._edges.filter(([e])=>e===t).map(([,t])=>t));case"ArrowLeft":return this._nearest(t,this._edges.filter(([,e])=>e===t).map(([t])=>t));case"ArrowDown":return this._beside(t,1);case"ArrowUp":return this._beside(t,-1);case"Home":return this._order[0]??null;case"End":return this._order[this._order.length-1]??null;default:return}}_nearest(t,e){let s=ek(this._boxes.get(t)),n=t=>Math.abs(ek(this._boxes.get(t))-s);return e.reduce((t,e)=>null===t||n(e)<n(t)?e:t,null)}_beside(t,e){let s=this._boxes.get(t),n=this._order.filter(t=>{let n=this._boxes.get(t);return(ek(n)-ek(s))*e>0&&n.x<s.x+s.w&&s.x<n.x+n.w});return this._nearest(t,n)??this._order[this._order.indexOf(t)+e]??null}}function ek(t){return t?t.y+t.h/2:0}var ey=s("./node_modules/d3-selection/dist/d3-selection.mjs"),ex=s("./node_modules/d3-zoom/dist/d3-zoom.mjs");let[ej,eS]=[96,400];class eT{constructor(t,e){this._changed=e,this.layer=tz("div",{class:"nt-layer"}),this.view=tz("div",{class:"nt-stage"}),this._view=(0,ey.Lt)(this.view),this._now=ex.GS,this._content=[1,1],this._width=0,this._height=ej,this._moved=!1,this.view.append(this.layer);let s=(t,e,s)=>{let n=tz("button",{type:"button",class:"nt-tool","aria-label":t,title:t},e);return n.addEventListener("click",s),n},n=tz("div",{class:"nt-tools"},s(t.zoomIn,"+",()=>this.scale(1.4)),s(t.zoomOut,"−",()=>this.scale(1/1.4)),s(t.fit,"⤢",()=>this.fit()));this.element=tz("div",{class:"nt-stage-frame"},this.view,n),this._behaviour=(0,ex.s_)().scaleExtent([.02,2.5]).extent(()=>[[0,0],[this._width,this._height]]).filter(eM).on("start",()=>this.view.classList.add("nt-moving")).on("zoom",t=>{this._moved||(this._moved=null!==t.sourceEvent),this._place(t.transform)}).on("end",()=>this.view.classList.remove("nt-moving")),this._view.call(this._behaviour).on("dblclick.zoom",null),this._watch=new ResizeObserver(t=>{let e=t[t.length-1]?.contentRect;e&&e.width>0&&(e.width!==this._width||e.height!==this._height)&&this._resize(e.width,e.height)}),this._watch.observe(this.view)}get near(){return this._now.k>=.42}content(t,e){this._content=[Math.max(1,t),Math.max(1,e)],this._moved=!1,this._resize(this.view.clientWidth||this._width||800,this.view.clientHeight)}_resize(t,e){this._width=t;let[s,n]=this._content,i=Math.round(Math.min(eS,Math.max(ej,n*Math.min(1,(t-16)/s)+16)));this._height=Math.max(i,e),this.view.style.minHeight=`${i}px`,this._moved||this.fit()}fit(){let[t,e]=this._content,s=t=>Math.max(1,t-16),n=Math.max(.02,Math.min(1,s(this._width)/t,s(this._height)/e)),[i,o]=[(this._width-t*n)/2,(this._height-e*n)/2];this._view.call(this._behaviour.transform,ex.GS.translate(i,o).scale(n)),this._moved=!1}scale(t){this._moved=!0,this._view.call(this._behaviour.scaleBy,t)}reveal({x:t,y:e,w:s,h:n},i){let o=this.near?this._now.k:Math.max(.78,this._now.k),a=o===this._now.k?this._now:this._around(t+s/2,e+n/2,o),r=(t,e,s)=>t<8?8-t:Math.min(0,s-8-(t+e)),l=r(t*o+a.x,s*o,this._width-i),h=r(e*o+a.y,n*o,this._height);(l||h||a!==this._now)&&this._view.call(this._behaviour.transform,ex.GS.translate(a.x+l,a.y+h).scale(o))}rest(){this._moved||this.fit()}dispose(){this._watch.disconnect(),this._view.on(".zoom",null)}_around(t,e,s){return ex.GS.translate(this._width/2-t*s,this._height/2-e*s).scale(s)}_place(t){let e=this.near,s=this._now===ex.GS,n=t.k<.78&&t.k>=.42;(s||n!==this.view.classList.contains("nt-small"))&&this.view.classList.toggle("nt-small",n),this._now=t,this.layer.style.transform=`translate(${t.x}px,${t.y}px) scale(${t.k})`,(s||e!==this.near)&&(this.view.classList.toggle("nt-far",!this.near),this._changed(this.near))}}function eM(t){return t instanceof WheelEvent?t.ctrlKey||t.metaKey:"u">typeof TouchEvent&&t instanceof TouchEvent?t.touches.length>1:t instanceof MouseEvent&&0===t.button&&!t.ctrlKey}class eC{constructor(t,e,s){this._model=t,this._strings=e,this._open=s,this._behind=tz("div",{class:"nt-behind"}),this._edges=new ew,this._known=new Map,this._busy=new Set,this._ids=new WeakMap,this._live=!1,this._stage=new eT(e,()=>this._drawAll()),this.element=this._stage.element,this._cards=tz("div",{class:"nt-cards",role:"group"}),this._stage.layer.append(this._behind,this._edges.element,this._cards),this._walk=new ev(this._cards,{open:t=>this._open(t,!0),zoom:t=>0===t?this._stage.fit():this._stage.scale(t),reveal:t=>this.reveal(t)}),this._cards.addEventListener("click",t=>{let e=this._nodeAt(t.target);null!==e&&(this._walk.stand(e),this._open(e,!1))})}build(t){var e,s,n,i,o;let a,r;this._live=t;let l=this._model.part("graph"),h=S(l.nodes);for(let t of(this._known.clear(),Object.keys(h)))this._known.set(t,new ef(t,S(h[t]),this._strings));let d=new Map([...this._known].map(([t,e])=>[t,e.box]));this._cards.replaceChildren(...[...this._known.values()].map(t=>t.element)),this._cards.setAttribute("aria-label",this._strings.graph(d.size)),this._ids=new WeakMap([...this._known].map(([t,e])=>[e.element,t])),this._behind.replaceChildren(...this._groups(),...this._comments()),this._edges.build(this._model,d),this._walk.build(d,(e=this._model,s=d,Object.keys(a=S(e.part("graph").edges)).map(t=>S(a[t])).map(t=>[M(t.from),M(t.to)]).filter(([t,e])=>s.has(t)&&s.has(e))),t=>this._known.get(t)?.element??null),this.element.hidden=0===d.size,this._stage.content(...(n=C(l.width),i=C(l.height),o=[...d.values()],[(r=(t,e)=>e.reduce((t,e)=>Math.max(t,e),t??1))(n,o.map(({x:t,w:e})=>t+e)),r(i,o.map(({y:t,h:e})=>t+e))])),this._drawAll()}draw(t,e,s){for(let s of(this._live=t,eq(e)))this._drawNode(s);this._running();let n=t&&"visible"===document.visibilityState?48:0;for(let t of eq(s))this._edges.count(this._model,t,n>0),n-=1}tick(t){if(this._stage.near)for(let e of this._busy)e.tick(this._model,t)}select(t){for(let t of this._cards.querySelectorAll('[aria-expanded="true"]'))t.setAttribute("aria-expanded","false");null===t?this._stage.rest():this._known.get(t)?.element.setAttribute("aria-expanded","true")}reveal(t,e=0){let s=this._known.get(t);s&&this._stage.reveal(s.box,e)}focus(t){this._walk.stand(t),this._known.get(t)?.element.focus({preventScroll:!0})}dispose(){this._stage.dispose(),this._edges.dispose()}_drawAll(){for(let t of(this._busy.clear(),this._known.keys()))this._drawNode(t);this._running()}_drawNode(t){let e=this._known.get(t);e&&(e.draw(this._model,this._live,this._stage.near),e.running(this._model)?this._busy.add(e):this._busy.delete(e))}_running(){this._cards.classList.toggle("nt-turning",this._live&&this._busy.size>0&&this._busy.size<=40)}_groups(){let t=S(this._model.part("graph").groups);return Object.keys(t).map(e=>{let s=S(t[e]);return eA(tz("div",{class:"nt-group"},tz("span",{},M(s.name))),A(s))})}_comments(){let t=S(this._model.part("graph").comments);return Object.keys(t).map(e=>{let s=S(t[e]);return eA(tz("div",{class:"nt-comment"},M(s.text)),A(s))})}_nodeAt(t){let e=t instanceof Element?t.closest(".nt-card"):null;return(e&&this._ids.get(e))??null}}function eq(t){let e=[];for(let s of t){if(80===e.length)break;e.push(s),t.delete(s)}return e}function eA(t,{x:e,y:s,w:n,h:i}){return t.style.cssText=`left:${e}px;top:${s}px;width:${n}px;height:${i}px`,t}let e$="cancelled_by_user";class eE{constructor(t,e,s){this._model=t,this._strings=e,this._sign=new tB,this._word=tz("span"),this._name=tz("span",{class:"nt-name"}),this._last=tz("span",{class:"nt-last"}),this._id=tz("button",{type:"button",class:"nt-button nt-id"}),this._fill=tz("div",{class:"nt-fill"}),this._figures=tz("dl",{class:"nt-figures"}),this._notice=tz("p",{class:"nt-notice",role:"alert"}),this._trouble=tz("p",{class:"nt-trouble"}),this._message=tz("span"),this._shown="",this._names="",this._cancel=tz("button",{type:"button",class:"nt-button"},e.cancel),this._retry=tz("button",{type:"button",class:"nt-button"},e.retry),this._cancel.addEventListener("click",()=>s.request("cancel")),this._retry.addEventListener("click",()=>s.request("retry")),this._id.addEventListener("click",()=>void this._copy()),this._show=tz("button",{type:"button",class:"nt-link"},e.showFailed),this._show.addEventListener("click",()=>s.showNode(M(this._model.job.failed_node))),this._bar=tz("div",{class:"nt-bar",role:"progressbar","aria-label":e.progress,"aria-valuemin":"0","aria-valuemax":"100"}),this._bar.append(this._fill),this._trouble.append(this._message,this._show),this.element=tz("header",{class:"nt-header"},tz("div",{class:"nt-title"},tz("span",{class:"nt-state"},this._sign.element,this._word),this._name,this._last,tz("span",{class:"nt-acts"},this._id,this._cancel,this._retry)),this._bar,this._figures,this._notice,this._trouble)}draw(t){let{job:e,status:s,ended:n}=this._model,i=this._strings,o=!0===e.cancel_requested&&!n,a="cancelled"===s&&e.reason===e$;this._sign.show(s,q(e.progress)??0),tP(this.element,"data-tone",tc(s)),tF(this._word,o?i.cancelling:a?i.cancelledByYou:i.state(s));let r=M(e.name)||i.unnamed;tF(this._name,r),tP(this._name,"title",r);let l=M(e.id);this._id.classList.contains("nt-done")||tF(this._id,l),tP(this._id,"aria-label",i.copy(l)),tP(this._id,"title",i.copy(l));let h="static"!==t;this._cancel.hidden=n||!h,this._cancel.disabled=!0===e.cancel_requested,this._retry.hidden=!h||"error"!==s&&"cancelled"!==s,this._progress(),this._place(t),this._explain(),this.tick(t)}tick(t){let e=this._collect("live"===t),s=JSON.stringify(e);if(s===this._shown)return;let n=e.map(([t])=>t).join();n!==this._names&&(this._names=n,this._figures.replaceChildren(...e.map(([t])=>tz("div",{class:"nt-figure"},tz("dt",{},t),tz("dd"))))),e.forEach(([,t],e)=>{tF(this._figures.children[e]?.lastElementChild,t)}),this._shown=s}notice(t){tF(this._notice,t)}_collect(t){let{job:e,status:s,ended:n}=this._model,i=this._strings,o=[],a=(t,e)=>e&&o.push([t,e]),r=C(e.all);a(i.nodes,r?`${tf(C(e.done)??0)} / ${tf(r)}`:null);let l=this._model.span(C(e.started),C(e.ended),t);if(a(n?i.took:i.elapsed,null===l?null:n?tu(l):t_(l)),"running"===s&&t){let s=C(e.left),n=(this._model.now(t)??0)-(this._model.at??0);a(i.left,null===s?i.unknown:`~ ${t_(Math.ceil(s-n))}`)}let h=(t,e)=>a(t,null===e?null:tm(e));h(i.memory,C(e.memory)),h(i.gpu,C(e.gpu_memory));let d=C(e.cpu);a(i.cpu,null===d||n?null:`${Math.round(100*d)} %`),a(i.where,M(e.strategy));let c=C(e.attempt)??1;return a(i.attempt,c>1?String(c):null),o}_progress(){let{job:t}=this._model,e=q(t.progress)??0,s=Math.floor(100*e);tP(this._bar,"aria-valuenow",String(s));let n=[String(C(t.done)??0),String(C(t.all)??0)];tP(this._bar,"aria-valuetext",this._strings.percent(String(s),...n)),this._fill.style.transform=`scaleX(${e.toFixed(4)})`}_place(t){let e=this._strings,s=this._model.at,n="live"!==t&&!this._model.ended;if(this._last.hidden=!n,n){let n="waiting"===t?e.connecting:e.notConnected;tF(this._last,null===s?n:`${e.lastKnown(tw(s))} \xb7 ${n}`)}}_explain(){let{job:t,status:e,ended:s}=this._model,n=this._strings,i=M(t.reason),o=C(t.queue_position),a=["queued"===e&&null!==o?n.queue(o):"",s&&"completed"!==e&&i&&i!==e$?n.reason(i):"",M(t.error)||M(t.message),!0===t.winding_down?n.windingDown:""].filter(Boolean),r=M(t.failed_node);this._trouble.hidden=0===a.length,this._show.hidden=!r;let l=a.join(" \xb7 ");tF(this._message,l.charAt(0).toUpperCase()+l.slice(1))}async _copy(){try{await navigator.clipboard.writeText(this._model.id)}catch{return}this._id.classList.add("nt-done"),tF(this._id,this._strings.copied),window.setTimeout(()=>{this._id.classList.remove("nt-done"),tF(this._id,this._model.id)},1200)}}class eO{constructor(t,e){this._model=t,this._count=tz("span",{class:"nt-fold-count"}),this._body=tz("div",{class:"nt-outputs-body"}),this._shown="",this.element=tz("details",{class:"nt-fold nt-outputs",open:""},tz("summary",{},tz("span",{class:"nt-fold-title"},e.outputs),this._count),this._body)}draw(){let t=this._model.part("outputs"),e=JSON.stringify(t);if(e===this._shown)return;this._shown=e;let s=Object.keys(t);this.element.hidden=0===s.length,tF(this._count,tf(s.length)),this._body.replaceChildren(eg(t,""))}}class eN{constructor(t,e,s){this._model=t,this._strings=e,this._close=s,this.node=null,this._sign=new tB,this._name=tz("span",{class:"nt-panel-name"}),this._title=tz("h3",{class:"nt-panel-title",tabindex:"-1"}),this._kind=tz("p",{class:"nt-panel-kind"}),this._body=tz("div",{class:"nt-panel-body"}),this._asked=!1,this._shown="";let n=tz("button",{type:"button",class:"nt-tool","aria-label":e.close,title:e.close},"\xd7");n.addEventListener("click",s),this._title.append(this._sign.element,this._name),this.element=tz("section",{class:"nt-panel",hidden:""},tz("div",{class:"nt-panel-head"},this._title,n),this._kind,this._body),this.element.addEventListener("keydown",t=>{"Escape"===t.key&&(t.preventDefault(),t.stopPropagation(),this._close())})}show(t,e){this.node=t,this._asked=e,this.element.hidden=!1,this.element.parentElement?.classList.add("nt-open"),this._body.scrollTop=0,this.draw()}hide(){this.node=null,this.element.hidden=!0,this.element.parentElement?.classList.remove("nt-open")}covers(){return"absolute"===getComputedStyle(this.element).position?this.element.offsetWidth:0}focus(){this._title.focus({preventScroll:!0})}draw(){let t=this.node;if(null===t)return;let e=S(S(this._model.part("graph").nodes)[t]),s=this._model.node(t),n=this._model.nodeStatus(t),i=this._model.nodeName(t);this._sign.show(n,q(s.part)),tP(this.element,"data-tone",tc(n)),tF(this._name,i),tP(this.element,"aria-label",this._strings.details(i));let o=[M(e.kind)||M(e.type),this._strings.state(n),M(s.message)];tF(this._kind,o.filter(Boolean).join(" \xb7 "));let a=this._parts(t),r=JSON.stringify(a);r!==this._shown&&(this._shown=r,this._body.replaceChildren(...this._sections(a)))}_parts(t){let e=this._model.detailOf(t),s=this._model.node(t),n=e?T(e.log):[];return{id:t,error:M(e?.error)||M(s.error),traceback:M(e?.traceback),inputs:e?S(e.inputs):null,outputs:e?S(e.outputs):null,log:(n.length?n:this._lines(t)).slice(-20),asked:this._asked}}_lines(t){let e=this._model.part("log");return Object.keys(e).map(t=>e[t]).filter(e=>M(S(e).node)===t)}_sections(t){let e=this._strings,s=(t,...e)=>tz("div",{class:"nt-section"},tz("h4",{},t),...e),n=[];return t.error&&n.push(s(e.error,tz("pre",{class:"nt-text nt-error",tabindex:"0"},t.error))),t.inputs&&t.outputs?(n.push(s(e.outputs,eg(t.outputs,e.noValues))),n.push(s(e.inputs,eg(t.inputs,e.noValues)))):n.push(tz("p",{class:"nt-none"},t.asked?e.loading:e.noDetail)),t.log.length&&n.push(s(e.log,tz("div",{class:"nt-lines"},...t.log.map(t=>ed(t,""))))),t.traceback&&n.push(s(e.traceback,tz("pre",{class:"nt-text",tabindex:"0"},t.traceback))),n}}function eL(t,e){if(!j(t)||!j(t.job))return e.broken;let s=C(t.v);return null===s?e.broken:s>1?e.newer:null}class ez{constructor(t,e,s,n){this._host=t,this._link=s,this._strings=n,this._ask=()=>{this._asking=0,null!==this._panel.node&&"live"===this._connection&&this._link.detail(this._model.id,this._panel.node)},this._announcer=new t3,this._connection="static",this._asking=0,this._said="",this._done=0,this._model=new t1(e),this._header=new eE(this._model,n,{request:t=>void this._request(t),showNode:t=>this._show(t,!0)}),this._graph=new eC(this._model,n,(t,e)=>this._show(t,e)),this._panel=new eN(this._model,n,()=>this._hide()),this._log=new ec(this._model,n),this._outputs=new eO(this._model,n),this._root=tz("section",{class:"nodetool-ui nodetool-view"},this._header.element,tz("div",{class:"nt-main"},this._graph.element,this._panel.element),this._outputs.element,this._log.element,this._announcer.element),this._root.addEventListener("keydown",t=>{t.ctrlKey||t.metaKey||t.altKey||t.stopPropagation()}),t.append(this._root),this._frame=new eo(()=>this._draw()),this._ticker=new ea(this._root,()=>this._tick()),this._model.touched.all=!0,this._said=this._model.status,this._draw()}get job(){return this._model.id}get ended(){return this._model.ended}snapshot(t,e=0){let[s,n]=[C(t.at),this._model.at];return(M((j(t.job)?t.job:{}).id)!==this._model.id||null===s||null===n||!(s<n))&&(this._model.snapshot(t,e),this._frame.ask(),!0)}patch(t,e){let s=this._model.patch(t,e);return this._frame.ask(),s}detail(t,e){this._model.detail(t,e),this._frame.ask()}open(t){this._show(t,!0)}connect(t){t!==this._connection&&(this._connection=t,this._model.touched.job=!0,this._frame.ask())}dispose(){window.clearTimeout(this._asking),this._frame.dispose(),this._ticker.dispose(),this._announcer.dispose(),this._graph.dispose(),this._root.remove(),this._host.replaceChildren()}get _live(){return"live"===this._connection&&!this._model.ended}_draw(){let{touched:t}=this._model,e=this._live;this._root.dataset.job=this._model.id,this._root.dataset.connection=this._model.ended?"ended":this._connection,this._drawPanel(),t.all?(this._graph.build(e),t.nodes.clear(),t.edges.clear()):(t.nodes.size||t.edges.size||t.job)&&this._graph.draw(e,t.nodes,t.edges),(t.all||t.job)&&this._header.draw(this._connection),(t.all||t.outputs)&&this._outputs.draw(),(t.all||t.log)&&this._log.draw(),this._announce(),t.clear(),(t.nodes.size||t.edges.size)&&this._frame.ask(),this._ticker.want(e&&"queued"!==this._model.status)}_drawPanel(){let{touched:t}=this._model,e=this._panel.node;null!==e&&(t.nodes.has(e)&&"live"===this._connection&&(this._asking||(this._asking=window.setTimeout(this._ask,500))),(t.all||t.log||t.nodes.has(e)||t.details.has(e))&&this._panel.draw())}_tick(){this._header.tick(this._connection),this._graph.tick(this._live)}_announce(){let{job:t,status:e,ended:s}=this._model,n=M(t.name)||this._strings.unnamed;if(e!==this._said){this._said=e;let s=M(t.failed_node),i=s?`, ${this._strings.announceFailed(this._model.nodeName(s))}`:"";this._announcer.say(this._strings.announceState(n,this._strings.state(e))+i)}else if(this._live&&!s&&(C(t.done)??0)!==this._done){let[e,s]=[String(C(t.done)??0),String(C(t.all)??0)];this._announcer.say(this._strings.announceProgress(n,e,s))}this._done=C(t.done)??0}_show(t,e){let s=null===this._model.detailOf(t)||!this._model.ended,n="live"===this._connection;this._panel.show(t,s&&n),this._graph.select(t),this._graph.reveal(t,this._panel.covers()),e&&this._panel.focus(),s&&n&&this._link.detail(this._model.id,t)}_hide(){let t=this._panel.node,e=this._panel.element.contains(document.activeElement);this._panel.hide(),this._graph.select(null),e&&null!==t&&this._graph.focus(t)}async _request(t){this._header.notice(this._strings.asked);let e="";try{let s=await this._link.request(t,this._model.id);s.ok?"retry"===t&&s.job&&(e=this._strings.retried(s.job)):e=s.message??this._strings.noKernel}catch{e=this._strings.noKernel}this._header.notice(e)}}class eI{constructor(t,e){this._server=t,this._strings=e,this.element=tz("div",{class:"ntp-page ntp-graph"}),this._link={request:async(t,e)=>{let s="cancel"===t?await this._server.cancel(e):await this._server.retry(e);return"string"==typeof s?{ok:!0,job:s}:{ok:s}},detail:(t,e)=>{this._server.node(t,e).then(t=>this._view?.detail(e,t),()=>void 0)}},this._view=null}draw(t){var e,s;let{state:n}=t;if(null!==this._view||null===n)return;let i=eL(n.whole,this._strings.view);null!==i?this.element.replaceChildren(tz("p",{class:"nt-none"},i)):(this.element.replaceChildren(),this._view=(e=this.element,s=n.whole,new ez(e,s,this._link,this._strings.view)),t.show(this._view))}open(t){this._view?.open(t)}dispose(){this._view?.dispose(),this._view=null}}class eF{constructor(t){this._strings=t,this._text=tz("pre",{class:"nt-text ntp-whole",tabindex:"0",dir:"ltr"}),this._shown=null,this._timer=0,this._copy=et(t.copyText,()=>void this._toClipboard()),this.element=tz("div",{class:"ntp-page ntp-request"},tz("div",{class:"ntp-request-head"},tz("p",{class:"nt-none"},t.requestNote),this._copy),this._text)}draw(t){(t.request!==this._shown||null===t.request)&&(this._shown=t.request,tF(this._text,null===t.request?this._strings.asking:JSON.stringify(t.request,null,2)),this._copy.hidden=null===t.request)}dispose(){window.clearTimeout(this._timer)}async _toClipboard(){try{await navigator.clipboard.writeText(this._text.textContent??"")}catch{return}tF(this._copy,this._strings.copiedText),this._timer=window.setTimeout(()=>tF(this._copy,this._strings.copyText),1500)}}class eP{constructor(t,e,s){this._host=t,this._key=e,this._make=s,this.parts=new Map}draw(t){let e=new Map;for(let s of t){let t=this._key(s),n=this.parts.get(t)??this._make(s);n.draw(s),e.set(t,n)}this.parts=e,tD(this._host,[...e.values()].map(t=>t.element))}}class eD{constructor(t){this._strings=t,this._name=tz("th",{scope:"row",dir:"auto"}),this._track=tz("div",{class:"ntp-track"}),this._bar=tz("span",{class:"ntp-span"}),this._words=tz("span",{class:"nt-unseen"}),this._time=tz("td",{class:"ntp-figure"}),this.element=tz("tr",{},this._name,tz("td",{},this._track),this._time),this._track.append(this._bar,this._words)}draw({all:t,span:e}){tF(this._name,e.name),tP(this._name,"title",e.name),tP(this.element,"data-tone",tc(e.status)),tP(this.element,"data-running",e.running?"":null),this._bar.style.insetInlineStart=`${(100*e.start/t).toFixed(2)}%`,this._bar.style.inlineSize=`${(100*e.span/t).toFixed(2)}%`;let s=e.running?t_(e.span):tu(e.span);tF(this._time,s);let n=this._strings.view.state(e.status);tF(this._words,`${n}, ${this._strings.bar(tu(e.start),s)}`)}}class eB{constructor(t,e){this._model=t,this._strings=e,this._rows=tz("tbody"),this._note=tz("p",{class:"nt-none"}),this._shown=!1;let s=t=>tz("th",{scope:"col"},t);this._table=tz("table",{class:"ntp-timing"},tz("thead",{},tz("tr",{},s(e.node),s(e.when),s(e.duration))),this._rows),this.element=tz("div",{class:"ntp-page"},this._note,this._table),this._bars=new eP(this._rows,({span:t})=>t.node,()=>new eD(e)),this._ticker=new ea(this.element,()=>this.draw(this._model))}draw(t){var e;let s,n,i,{state:o}=t,{all:a,nodes:r}=o?(e="live"===t.connection,s=Object.keys(o.part("nodes")).flatMap(t=>{let e=C(o.node(t).started);return null===e?[]:[{node:t,started:e,ended:C(o.node(t).ended)}]}),n=Math.min(C(o.job.started)??1/0,...s.map(({started:t})=>t)),(i=s.map(({node:t,started:s,ended:i})=>({node:t,name:o.nodeName(t),status:o.nodeStatus(t),start:s-n,span:o.span(s,i??C(o.job.ended),e)??0,running:null===i&&!o.ended}))).sort((t,e)=>t.start-e.start),{all:Math.max(o.span(n,C(o.job.ended),e)??0,...i.map(({start:t,span:e})=>t+e),.001),nodes:i}):{all:1,nodes:[]};this._table.hidden=0===r.length,this._bars.draw(r.map(t=>({all:a,span:t}))),tF(this._note,r.length?this._waited(t):this._strings.noTiming),this._ticker.want(this._shown&&r.some(({running:t})=>t))}shown(t){this._shown=t,this._ticker.want(!1)}dispose(){this._ticker.dispose()}_waited(t){let e=C(t.state?.job.submitted),s=C(t.state?.job.started),n=null===e||null===s?0:s-e;return n>=.1?this._strings.waited(tu(n)):""}}class eJ{constructor(t,e,s,n){this._model=t,this._server=e,this._strings=s,this._showNode=n,this.element=tz("div",{class:"ntp-page"}),this._shown="",this._asked="",this._traceback=""}draw(t){let e=t.state?.job,s=M(e?.failed_node),n={node:s,reason:M(e?.reason)||(t.record?.reason??""),error:M(e?.error)||(t.record?.error??"")||M(e?.message),traceback:M(t.state?.detailOf(s)?.traceback)||this._traceback},i=JSON.stringify(n);i!==this._shown&&(this._shown=i,this.element.replaceChildren(...this._parts(n))),s&&!n.traceback&&s!==this._asked&&(this._asked=s,this._ask(s))}async _ask(t){try{this._traceback=M((await this._server.node(this._model.id,t)).traceback)}catch{return}this.draw(this._model)}_parts(t){let e=this._strings,s=[];if(t.reason){let n=e.view.reason(t.reason);s.push(tz("p",{class:"ntp-reason"},n.charAt(0).toUpperCase()+n.slice(1)))}if(t.node){let n=tz("b",{dir:"auto"},this._model.state?.nodeName(t.node)??t.node),i=et(e.showNode,()=>this._showNode(t.node),"nt-link");s.push(tz("p",{},tz("span",{class:"ntp-soft"},e.failedNode)," ",n,i))}return t.error&&s.push(tz("pre",{class:"nt-text nt-error ntp-whole",tabindex:"0"},t.error)),t.traceback&&s.push(tz("h3",{class:"ntp-heading"},e.traceback),tz("pre",{class:"nt-text ntp-whole",tabindex:"0",dir:"ltr"},t.traceback)),s}}class eR{constructor(t,e,s,n,i){this.model=t,this._acts=s,this._strings=n,this._place=i,this._sign=new tB,this._name=tz("h2",{class:"ntp-title",tabindex:"-1",dir:"auto"}),this._about=tz("p",{class:"ntp-soft ntp-about"}),this._says=tz("div",{class:"ntp-says",role:"status"}),this._said="\n";let o=new eI(e,n),a=t=>{this._tabs.choose("graph"),o.open(t)};this._pages={graph:o,log:new ep(t,e,n),outputs:new em(t,e,n),timing:new eB(t,n),error:new eJ(t,e,n,a),request:new eF(n)};let r=Object.keys(this._pages).map(t=>({name:t,label:n[t],page:this._pages[t].element}));this._tabs=new ei(n.parts,r,t=>this._chosen(t)),this._tabs.offer("error",!1,"graph"),this._buttons=this._makeButtons(),this.element=tz("section",{class:"ntp-detail"},this._head(),this._says,this._tabs.bar,this._tabs.pages),this._frame=new eo(()=>this._draw()),this._ticker=new ea(this.element,()=>this._figures()),t.changed.connect(this._ask,this),this._tabs.choose("graph"),this._draw()}get tab(){return this._tabs.current??"graph"}show(t){this._tabs.choose(t)}focus(){this._name.focus()}dispose(){for(let t of(this.model.changed.disconnect(this._ask,this),this._frame.dispose(),this._ticker.dispose(),Object.values(this._pages)))t.dispose?.();this.model.dispose(),this.element.remove()}_ask(){this._frame.ask()}_head(){let t=this._strings,{back:e,openInTab:s}=this._place;return tz("header",{class:"ntp-head"},tz("div",{class:"ntp-head-line"},e?tW("back",t.back,e):null,this._sign.element,this._name,s?tW("out",t.open,()=>s(this.tab)):null),this._about,tz("div",{class:"ntp-acts"},...Object.values(this._buttons)))}_makeButtons(){let{_strings:t,_acts:e}=this,{id:s}=this.model;return{cancel:et(t.cancel,()=>void e.cancel(s)),retry:et(t.retry,()=>void this._retry()),notebook:et(t.notebook,()=>this._openNotebook()),copy:et(t.copy,()=>void e.copyId(s)),remove:et(t.remove,()=>void this._remove())}}async _retry(){let t=await this._acts.retry(this.model.id);null!==t&&this._place.left(t)}async _remove(){await this._acts.remove(this.model.id)&&this._place.left(null)}_openNotebook(){let{record:t,notebook:e}=this.model;null!==t&&this._acts.openNotebook(null===e?t:{...t,notebook:e})}_chosen(t){for(let e of Object.keys(this._pages)){let s=this._pages[e];s.shown?.(e===t)}this._pages[t].draw(this.model)}_draw(){let t,{model:e}=this,{state:s,record:n}=e;this._say(),this._headline(),this._figures(),this._tabs.offer("error",(t=e.state?.job,!!(M(t?.error)||M(t?.failed_node)||e.record?.error)||"error"===M(t?.status)),"graph"),this._pages[this.tab].draw(e),s?.touched.clear(),s?.touched.nodes.clear(),s?.touched.edges.clear(),this._ticker.want(null!==n&&!tC(n)&&"queued"!==n.status)}_headline(){let{record:t,gone:e}=this.model,s=this._strings,n=t?tH(t,s):this.model.id;tF(this._name,n),tP(this._name,"title",n),tP(this.element,"aria-label",s.details(n)),tP(this.element,"data-tone",tc(t?.status??"")),this._sign.show(t?.status??"",t?.progress??0);let i=null!==t&&tC(t),o=this.model.state?.job.cancel_requested===!0,{cancel:a,retry:r,notebook:l,remove:h}=this._buttons;a.hidden=e||null===t||i,a.disabled=o,tF(a,o?s.cancelling:s.cancel),r.hidden=e||!i,h.hidden=e||!i,l.hidden=!(this.model.notebook??t?.notebook)}_figures(){let{record:t}=this.model;if(null===t)return void tF(this._about,"");let e=this._strings,s=tK(t,Date.now()/1e3),n=[tG(t,e),null===s?"":tC(t)?tu(s):t_(s),t.strategy??"",t.submitted?tw(t.submitted):"",tX(this.model.notebook??t.notebook),this.model.id];tF(this._about,n.filter(Boolean).join(" \xb7 "))}_say(){let{gone:t,problem:e,connection:s,state:n}=this.model,i=t?"gone":null===n?e?`problem ${e}`:"asking":"static"===s?"offline":"";if(i===this._said)return;this._said=i;let o=this._strings;if(this._tabs.bar.hidden=this._tabs.pages.hidden=""!==i&&"offline"!==i,"gone"===i)this._says.replaceChildren(t9("lens",o.gone,t7(o.goneText)));else if("asking"===i)this._says.replaceChildren(tz("p",{class:"nt-unseen"},o.asking),ee(3));else if("offline"===i)this._says.replaceChildren(tz("p",{class:"ntp-banner"},`${o.offline} ${o.offlineText}`));else if(i){let t=et(o.again,()=>this.model.again());this._says.replaceChildren(t9("fault",o.failed,t7(e),t))}else this._says.replaceChildren()}}var eW=s("webpack/sharing/consume/default/@jupyterlab/ui-components");let eH=`<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" stroke-linejoin="round">
    <path d="M9.5 12h2.5c3 0 1.5-6 4-6M12 12c3 0 1.5 6 4 6"/>
    <rect x="3" y="9" width="6.5" height="6" rx="1.5"/>
    <rect x="16" y="3" width="5.5" height="6" rx="1.5"/>
    <rect x="16" y="15" width="5.5" height="6" rx="1.5"/>
  </g>
</svg>`,eG=new eW.LabIcon({name:"nodetool-jupyter:jobs",svgstr:eH});class eK{constructor(t,e,s=()=>void 0){this.body=tz("div",{class:"ntp-fold-body"}),this._note=tz("span",{class:"ntp-fold-note"}),this.element=tz("details",{class:"ntp-fold","data-name":t,open:""},tz("summary",{},tz("span",{class:"ntp-fold-title"},e),this._note),this.body),this.element.addEventListener("toggle",()=>s(this.element.open))}note(t){tF(this._note,t)}}class eU{constructor(t,e,s){this._changed=e;let{filter:n,filterLabel:i}=t;for(let e of(this._search=tz("input",{type:"search",class:"nt-field",placeholder:n,"aria-label":i,title:i}),this._state=tz("select",{class:"nt-field","aria-label":t.status}),this._state.append(tz("option",{value:""},t.everyState),...Object.keys(t4).map(e=>tz("option",{value:e},t.view.state(e)))),[this._search,this._state]))e.addEventListener("input",()=>this._narrow());this._search.addEventListener("keydown",t=>{"Escape"===t.key&&this._search.value?(t.stopPropagation(),this.clear()):"ArrowDown"===t.key&&s()&&t.preventDefault()}),this.element=tz("div",{class:"ntp-filter",role:"search"},this._search,this._state)}clear(){this._search.value="",this._state.value="",this._narrow(),this.focus()}focus(){this._search.focus()}_narrow(){this._changed({text:this._search.value,state:this._state.value})}}let eV=["running","queued","recent"];class eX{constructor(t,e,s,n,i=()=>Date.now()/1e3){for(let o of(this._listing=t,this._roster=e,this._strings=s,this._acts=n,this._now=i,this._groups=new Map,this._hint=tz("p",{class:"nt-unseen"}),this._body=tz("div",{class:"ntp-groups"}),this._message=tz("div",{class:"ntp-says"}),this._offline=tz("p",{class:"ntp-banner",role:"status",hidden:""}),this._count=tz("span",{class:"ntp-soft"}),this._offered=new Set(eV),this._selected=null,this._said=null,this._hint.id="nodetool-panel-keys",tF(this._hint,s.keys),this._more=et(s.more,()=>void t.more(),"nt-button ntp-more"),eV))this._groups.set(o,this._group(o));this._filter=new eU(s,e=>t.filter=e,()=>this._roving.first()),this.element=tz("div",{class:"ntp-jobs"},this._filter.element,this._offline,this._hint,this._body,this._message,tz("div",{class:"ntp-foot"},this._count,this._more)),this._body.append(...[...this._groups.values()].map(({fold:t})=>t.element)),this._roving=new es(this._body,".ntp-fold[open] .ntp-row","vertical"),this._listen(),this._frame=new eo(()=>this._draw()),this._ticker=new ea(this._body,()=>this._tick()),t.changed.connect(this._ask,this),this._draw()}select(t){this._selected=t,this._frame.ask()}focus(t=null){let e=null===t?null:this._row(t);e&&this._roving.stand(e),(this._roving.here??this._filter).focus()}offer(t){this._offered=new Set(t),this._frame.ask()}dispose(){this._listing.changed.disconnect(this._ask,this),this._frame.dispose(),this._ticker.dispose()}_ask(){this._frame.ask()}_group(t){let e=new eK(t,this._strings[t],()=>this._roving.settle()),s=tz("div",{...{class:"ntp-rows",role:"listbox","aria-label":this._strings[t]},"aria-describedby":this._hint.id});return e.body.append(s),{fold:e,keyed:new eP(s,t=>t.id,t=>new tU(t.id,this._strings,this._now))}}_listen(){this._body.addEventListener("click",t=>{let e=t.target,s=e.closest(".ntp-row")?.dataset.job,n=e.closest("[data-quick]")?.getAttribute("data-quick");void 0!==s&&n?this._acts.quick(s,n):void 0!==s&&this._acts.open(s)}),this._body.addEventListener("keydown",t=>{let e=t.target.closest(".ntp-row")?.dataset.job;void 0!==e&&!t.ctrlKey&&!t.metaKey&&!t.altKey&&this._press(t.key,e)&&(t.preventDefault(),t.stopPropagation())})}_press(t,e){let s=this._listing.get(e);if("Enter"===t||" "===t)this._acts.open(e);else{if("Delete"!==t||!s)return!1;tC(s)?this._acts.remove(s):this._acts.quick(e,"cancel")}return!0}_row(t){for(let{keyed:e}of this._groups.values()){let s=e.parts.get(t);if(s)return s.element}return null}_draw(){let t=this._listing.groups,e=this._roving.here,s=e?.contains(document.activeElement)?this._placeOf(e):-1;for(let[e,{fold:s,keyed:n}]of this._groups){let i=this._offered.has(e)?t[e]:[];s.element.hidden=0===i.length,s.note(tf(i.length)),n.draw(i)}this._roving.settle(),s>=0&&!this._body.contains(e)&&this._keepFocus(s),this._mark(),this._foot(t),this._say(t),this._ticker.want(t.running.length>0)}_keepFocus(t){let e=[...this._body.querySelectorAll(".ntp-row")],s=e[Math.min(t,e.length-1)];s?this._roving.go(s):this._filter.focus()}_placeOf(t){return[...this._body.querySelectorAll(".ntp-row")].indexOf(t)}_mark(){for(let{keyed:t}of this._groups.values())for(let[e,s]of t.parts)tP(s.element,"aria-selected",String(e===this._selected))}_foot(t){let e=this._strings,{text:s,state:n}=this._listing.filter,i=this._roster.total,o=s.trim()||n?e.matching(i,tf(t.matching),tf(i)):e.count(i,tf(i)),a=i>0&&this._roster.heard>0;tF(this._count,a?this._listing.problem||o:""),this._more.hidden=!t.more||"ready"!==this._roster.state,this._more.disabled=this._listing.busy,tF(this._more,this._listing.busy?e.loadingMore:e.more)}_say(t){let{state:e,heard:s}=this._roster;if(this._offline.hidden="offline"!==e||!s,!this._offline.hidden){let t=this._strings;tF(this._offline,`${t.offline} ${t.offlineSince(tw(s/1e3))}`)}tP(this.element,"data-state",e),tP(this._body,"aria-busy",String("loading"===e));let n=t.matching>0?"":"ready"===e&&this._roster.total?"nothing":e,i="nothing"===n&&this._listing.busy?"loading":n;i!==this._said&&(this._said=i,this._message.replaceChildren(...function(t,e,s,n){switch(t){case"":return[];case"loading":return[tz("p",{class:"nt-unseen",role:"status"},s.loading),ee(5)];case"nothing":return[t9("lens",s.noMatch,t7(s.noMatchText),et(s.clear,n))];case"ready":var i;let o;return[(i=s,o=(t,e)=>tz("div",{class:"ntp-example"},tz("span",{},t),tz("code",{dir:"ltr"},e)),t9("graph",i.emptyTitle,t7(i.emptyText),o(i.emptyNotebook,"%nodetool run FILE"),o(i.emptyTerminal,"nodetool run FILE")))];case"refused":return[t9("fault",s.failed,t7(e.problem?.message??""),t7(e.problem?.hint??""),et(s.again,()=>e.again()))];case"absent":return[t9("plug",s.absentTitle,t7(s.absentText))];case"offline":return[t9("cut",s.offline,t7(s.offlineText))]}}(i,this._roster,this._strings,()=>this._filter.clear())))}_tick(){for(let t of this._groups.get("running")?.keyed.parts.values()??[])t.ticks&&t.tick()}}let[eY,eZ]=[120,28];class eQ{constructor(){this.element=tI("svg",{...{class:"ntp-spark",viewBox:`0 0 ${eY} ${eZ}`,preserveAspectRatio:"none"},...{"aria-hidden":"true",focusable:"false"}}),this._line=tI("path",{class:"ntp-spark-line"}),this._area=tI("path",{class:"ntp-spark-area"}),this._shares=[],this.element.append(this._area,this._line)}add(t){this._shares.push(Math.min(1,Math.max(0,t))),this._shares.length>60&&this._shares.shift();let e=eY/59,s=eY-e*(this._shares.length-1),n=this._shares.map((t,n)=>`${(s+e*n).toFixed(1)} ${(eZ-1-t*(eZ-2)).toFixed(1)}`),i=`M${n.join("L")}`;this._line.setAttribute("d",i),this._area.setAttribute("d",`${i}V${eZ}H${s.toFixed(1)}Z`)}get shares(){return this._shares}}class e0{constructor(t){this._value=tz("dd"),this._spark=new eQ,this.element=tz("div",{class:"ntp-gauge"},tz("div",{class:"ntp-gauge-words"},tz("dt",{title:t},t),this._value),this._spark.element)}show(t,e){this._spark.add(t),tF(this._value,e)}}class e1{constructor(t,e){this.fold=t,this._subscribe=e,this._topic=null,this._awake=!1,this._open=!0}wake(t){this._awake=t,this._settle()}open(t){this._open=t,this._settle()}offer(t){this.fold.element.hidden=!t,this._settle()}dispose(){this.wake(!1)}_settle(){let t=this._awake&&this._open&&!this.fold.element.hidden;t&&null===this._topic?this._topic=this._subscribe(t=>this.take(t)):t||(this._topic?.dispose(),this._topic=null)}}class e2 extends e1{constructor(t,e){super(new eK("machine",e.machine,t=>this.open(t)),e=>t.subscribe({topic:"resources"},e)),this._strings=e,this._list=tz("dl",{class:"ntp-gauges"}),this._none=tz("p",{class:"nt-none"},this._strings.noFigures),this._keys="",this._gauges=[],this.fold.body.append(this._none,this._list)}take(t){if("error"===t.type){this._none.textContent=t.message;return}this.fold.note(t.mine?this._strings.mine:"");let e=function({cpu:t,memory:e,gpus:s}){let n=[],i=(t,e,s,i,o=0,a="")=>{"number"==typeof s&&"number"==typeof i&&i>0&&n.push({key:t,kind:e,index:o,name:a,used:s,all:i,share:s/i})};for(let n of(i("cpu","cpu",t?.used,t?.all),i("memory","memory",e?.used,e?.all),s??[]))i(`gpu ${n.index}`,"gpu",n.used,1,n.index,n.name),i(`gpu ${n.index} memory`,"gpu-memory",n.memory_used,n.memory_all,n.index,n.name);return n}(t),s=e.map(({key:t})=>t).join("\n");s!==this._keys&&(this._keys=s,this._gauges=e.map(t=>new e0(this._name(t))),this._list.replaceChildren(...this._gauges.map(t=>t.element))),e.forEach((t,e)=>this._gauges[e]?.show(t.share,this._words(t))),this._none.hidden=e.length>0}_name({kind:t,index:e,name:s}){let n=this._strings;switch(t){case"cpu":return n.cpu;case"memory":return n.memory;case"gpu":return n.gpu(`${e} \xb7 ${s}`);case"gpu-memory":return n.gpuMemory(String(e))}}_words({kind:t,used:e,all:s}){let n=this._strings;switch(t){case"cpu":return n.cores(e.toFixed(1),s,String(Number(s.toFixed(1))));case"gpu":return n.percent(String(Math.round(100*e)));default:return n.bytes(tm(e),tm(s))}}}let e4={connected:"completed",connecting:"starting",unreachable:"error",refused:"error"};class e6{constructor(t){this._strings=t,this._sign=new tB,this._name=tz("span",{class:"ntp-row-name",dir:"auto"}),this._host=tz("span",{class:"ntp-row-time ntp-host",dir:"ltr"}),this._about=tz("p",{class:"ntp-soft"}),this._error=tz("p",{class:"ntp-fault"}),this.element=tz("li",{class:"ntp-worker"},this._sign.element,tz("div",{class:"ntp-row-line"},this._name,this._host),this._about,this._error)}draw(t){let e=this._strings,s=Object.hasOwn(e4,t.state)?e4[t.state]:"";this._sign.show(s,0),tF(this._name,t.name),tF(this._host,t.url_host),tP(this._host,"title",t.url_host);let n=t.nodes??null,i=t.queue??0,o=[e.worker(t.state),t.version?e.version(t.version):"",null===n?"":e.types(n,tf(n)),...(t.gpu??[]).map(t=>"object"==typeof t?M(S(t).name):M(t)),i?e.waiting(i,tf(i)):""];tF(this._about,o.filter(Boolean).join(" \xb7 ")),tF(this._error,t.error??""),this._error.hidden=!t.error}}class e8 extends e1{constructor(t,e){super(new eK("workers",e.workers,t=>this.open(t)),e=>t.subscribe({topic:"workers"},e)),this._strings=e,this._list=tz("ul",{class:"ntp-workers",role:"list"}),this._none=tz("p",{class:"nt-none"}),this._rows=new eP(this._list,t=>t.name,()=>new e6(e)),this.fold.body.append(this._none,this._list)}take(t){if("error"===t.type){this._none.hidden=!1,tF(this._none,t.message);return}let{workers:e}=t;this._rows.draw(e),this.fold.note(e.length?tf(e.length):""),this._none.hidden=e.length>0,tF(this._none,this._strings.noWorkers)}}let e3="nodetool-jupyter-panel";class e5 extends tQ.Widget{constructor(t){super(),this._parts=t,this._home=tz("div",{class:"ntp-home"}),this._opened=tz("div",{class:"ntp-opened",hidden:""}),this._announcer=new t3,this._detail=null,this._watch=null;let{socket:e,strings:s,roster:n,api:i}=t;this.id=e3,this.title.icon=eG,this.title.caption=s.caption,this.addClass("nodetool-ui"),this.addClass("nodetool-panel"),this.node.setAttribute("role","region"),this.node.setAttribute("aria-label",s.caption),this._listing=new t6(n,i),this._list=new eX(this._listing,n,s,{open:t=>this.open(t),quick:(e,s)=>void t.acts[s](e),remove:e=>void t.acts.remove(e.id)}),this._workers=new e8(e,s),this._machine=new e2(e,s);let o=tz("div",{class:"ntp-rest"},this._workers.fold.element,this._machine.fold.element);this._home.append(this._list.element,o),this.node.append(this._home,this._opened,this._announcer.element),n.ended.connect(this._announce,this),n.changed.connect(this._settle,this),this._opened.addEventListener("keydown",t=>{"Escape"!==t.key||t.defaultPrevented||(t.stopPropagation(),this.back())}),this._settle()}get job(){return this._detail?.model.id??null}open(t,e){let{_parts:s}=this;if(this.job!==t){this._detail?.dispose();let e=new t2(t,s.api,s.socket,s.roster);this._detail=new eR(e,s.api,s.acts,s.strings,{back:()=>this.back(),openInTab:e=>s.openInTab(t,e),left:t=>null===t?this.back():this.open(t)}),this._opened.replaceChildren(this._detail.element),this.isVisible&&e.follow()}void 0!==e&&this._detail?.show(e),this._home.hidden=!0,this._opened.hidden=!1,this._list.select(t),this._detail?.focus()}back(){let t=this.job;this._detail?.dispose(),this._detail=null,this._home.hidden=!1,this._opened.hidden=!0,this._list.select(null),this._list.focus(t)}offer(t){this._list.offer(t),this._workers.offer(t.includes("workers")),this._machine.offer(t.includes("machine"))}dispose(){this.isDisposed||(this._wake(!1),this._parts.roster.ended.disconnect(this._announce,this),this._parts.roster.changed.disconnect(this._settle,this),this._detail?.dispose(),this._list.dispose(),this._listing.dispose(),this._announcer.dispose(),super.dispose())}onAfterShow(t){super.onAfterShow(t),this._wake(!0)}onAfterAttach(t){super.onAfterAttach(t),this._wake(this.isVisible)}onBeforeHide(t){this._wake(!1),super.onBeforeHide(t)}onBeforeDetach(t){this._wake(!1),super.onBeforeDetach(t)}onActivateRequest(t){super.onActivateRequest(t),null===this._detail?this._list.focus():this._detail.focus()}_wake(t){t!==(null!==this._watch)&&(this._watch?.dispose(),this._watch=t?this._parts.roster.watch():null,this._workers.wake(t),this._machine.wake(t),t?this._detail?.model.follow():this._detail?.model.sleep())}_settle(){this.node.dataset.state=this._parts.roster.state}_announce(t,e){let{strings:s}=this._parts;this.isVisible&&this._announcer.say(s.announceEnded(tH(e,s),tG(e,s)))}}let e9=(t,e)=>t.replace(/%(\d+)/g,(t,s)=>{let n=e[Number(s)-1];return void 0===n?t:String(n)}),e7={__:(t,...e)=>e9(t,e),_n:(t,e,s,...n)=>e9(1===s?t:e,[s,...n])};function st(t=e7){var e,s,n;let i,{__:o,_n:a}=se(t),r={queued:o("queued"),starting:o("starting"),running:o("running"),suspended:o("suspended"),completed:o("completed"),error:o("error"),cancelled:o("cancelled"),waiting:o("waiting"),not_run:o("not run"),bypassed:o("bypassed")};return{...(e=o,s=a,{job:(t,s)=>e("Job %1, %2",t,s),unnamed:e("workflow"),progress:e("Progress"),percent:(t,s,n)=>e("%1 %, %2 of %3 nodes",t,s,n),nodes:e("Nodes"),elapsed:e("Elapsed"),took:e("Took"),left:e("Left"),unknown:e("unknown"),memory:e("Memory"),gpu:e("GPU"),cpu:e("CPU"),attempt:e("Attempt"),where:e("Runs in"),queue:t=>t<=1?e("next in the queue"):e("number %1 in the queue",t),cancelling:e("cancelling"),cancelledByYou:e("cancelled by you"),windingDown:e("its thread still winds down"),cancel:e("Cancel"),retry:e("Retry"),asked:e("Asked for."),retried:t=>e("A new job was started: %1",t),noKernel:e("Neither the server nor a kernel answers, so this job cannot be reached from here."),copy:t=>e("Copy the job id %1",t),copied:e("copied"),lastKnown:t=>e("Last known state, of %1",t),notConnected:e("neither server nor kernel answers"),connecting:e("waiting for an answer"),graph:t=>s("Graph of %1 node. Arrow keys follow the edges, Enter opens a node.","Graph of %1 nodes. Arrow keys follow the edges, Enter opens a node.",t),noGraph:e("This job has no graph to show."),zoomIn:e("Zoom in"),zoomOut:e("Zoom out"),fit:e("Show the whole graph"),showFailed:e("Show the node"),items:(t,e)=>s("%2 item","%2 items",t,e),details:t=>e("Details of %1",t),close:e("Close"),inputs:e("Inputs"),outputs:e("Outputs"),error:e("Error"),traceback:e("Traceback"),log:e("Log"),noLog:e("No lines."),noMatch:e("No line matches."),noValues:e("Nothing has passed here."),loading:e("Asking …"),noDetail:e("The values are not kept here: they can be seen where the job is known, and its server or kernel answers."),filter:e("Filter the log"),everySeverity:e("every severity"),everyNode:e("every node"),lines:(t,e)=>s("%2 line","%2 lines",t,e),cut:t=>e("%1 earlier lines were cut",t),newer:e("This job was stored by a newer version of nodetool-jupyter, which can show it."),broken:e("This output holds no job that can be shown."),gone:e("The kernel does not know this job any more."),announceState:(t,s)=>e("%1: %2",t,s),announceProgress:(t,s,n)=>e("%1: %2 of %3 nodes done",t,s,n),announceFailed:t=>e("node %1 failed",t)}),state:t=>Object.hasOwn(r,t)?r[t]:t,reason:(i={node_failed:(n=o)("a node failed"),invalid_graph:n("the workflow cannot run"),rejected:n("the job was refused"),secret_missing:n("a secret is missing"),result_not_storable:n("a result cannot be stored"),timeout_queue:n("it waited too long in the queue"),timeout_start:n("it took too long to start"),timeout_run:n("it ran longer than its timeout"),timeout_idle:n("nothing happened for too long"),out_of_memory:n("out of memory"),output_limit:n("it wrote more than its log may hold"),killed:n("its process was killed"),lost:n("what ran it is gone, and how it ended cannot be known"),worker_lost:n("the worker is gone"),image_missing:n("the container image is missing"),engine_unavailable:n("the container engine cannot be reached"),gpu_unavailable:n("the GPU cannot be used"),cancelled_by_user:n("by you"),internal:n("a fault of this package")},t=>Object.hasOwn(i,t)?i[t]:t.replace(/_/g," "))}}function se(t){return{__:t.__.bind(t),_n:t._n.bind(t)}}class ss extends tQ.Widget{constructor(t,e,s){super(),this.addClass("nodetool-ui"),this.addClass("nodetool-panel"),this.addClass("nodetool-tab"),this.title.icon=eG,this.title.label=t,this.title.closable=!0,this._model=new t2(t,e.api,e.socket,e.roster),this._model.changed.connect(()=>{let{record:s}=this._model;this.title.label=s?tv(tH(s,e.strings)):t,this.title.caption=t}),this.detail=new eR(this._model,e.api,e.acts,e.strings,{left:t=>{null===t?this.parent?.close():s(t)}}),this.node.append(this.detail.element)}get job(){return this._model.id}dispose(){this.isDisposed||(this.detail.dispose(),super.dispose())}onAfterAttach(t){super.onAfterAttach(t),this.isVisible&&this._model.follow()}onAfterShow(t){super.onAfterShow(t),this._model.follow()}onAfterHide(t){super.onAfterHide(t),this._model.sleep()}onActivateRequest(t){super.onActivateRequest(t),this.detail.focus()}}let sn={id:"nodetool-jupyter:panel",description:"A panel with every NodeTool job of the user.",autoStart:!0,requires:[tN],optional:[tn.ISettingRegistry,te.ILayoutRestorer,o.ITranslator],provides:tL,activate:(t,e,s,n,i)=>{let o=function(t=e7){var e,s,n,i,o,a,r,l;let h,{__:d,_n:c}=se(t);return{view:st(t),...(e=d,s=c,{caption:e("NodeTool jobs"),running:e("Running"),queued:e("Queued"),recent:e("Recent"),filter:e("Filter jobs"),filterLabel:e("Filter by name, workflow or id"),everyState:e("every state"),status:e("State"),count:(t,e)=>s("%2 job","%2 jobs",t,e),matching:(t,e,n)=>s("%2 of %3 job","%2 of %3 jobs",t,e,n),more:e("Show more"),loadingMore:e("Asking for more …"),keys:e("Arrow keys move, Enter opens a job, Delete cancels or deletes it."),percent:t=>e("%1 %",t),left:t=>e("~ %1 left",t),position:t=>t<=1?e("next"):e("number %1",t),from:t=>e("from %1",t),announceEnded:(t,s)=>e("%1 has ended: %2",t,s)}),...{loading:(n=d)("Asking the server for jobs …"),emptyTitle:n("No jobs yet"),emptyText:n("Run a workflow and it appears here, whichever notebook or terminal starts it."),emptyNotebook:n("In a notebook"),emptyTerminal:n("In a terminal"),noMatch:n("No job matches"),noMatchText:n("Other words or another state may find it."),clear:n("Clear the filter"),offline:n("The server cannot be reached."),offlineText:n("It is tried again by itself."),offlineSince:t=>n("What is shown is as of %1. It goes on by itself.",t),absentTitle:n("The server has no NodeTool extension"),absentText:n("Jobs are still shown in the cells that start them. Install nodetool-jupyter where the Jupyter server runs, and restart it."),failed:n("The jobs cannot be shown"),again:n("Try again")},...{cancel:(i=d)("Cancel"),cancelling:i("cancelling"),retry:i("Retry"),remove:i("Delete"),removeAsk:t=>i("Delete %1?",t),removeText:i("Its log, its outputs and its files are deleted. This cannot be undone."),keep:i("Keep"),notebook:i("Open notebook"),copy:i("Copy id"),copied:i("The id was copied"),notCopied:t=>i("This page may not use the clipboard; the id is %1",t),open:i("Open in a tab"),back:i("Back to the list"),retried:t=>i("%1 runs once more",t),cancelFailed:i("The job could not be cancelled"),retryFailed:i("The job could not be run again"),removeFailed:i("The job could not be deleted"),ended:i("It has ended already."),notebookFailed:i("The notebook could not be opened")},...(o=d,a=c,{details:t=>o("Job %1",t),parts:o("Parts of the job"),graph:o("Graph"),log:o("Log"),outputs:o("Outputs"),timing:o("Timing"),error:o("Error"),request:o("Request"),asking:o("Asking the server …"),gone:o("This job is gone"),goneText:o("It was deleted, or it never was on this server."),follow:o("Go to the newest line"),lines:(t,e)=>a("%2 line","%2 lines",t,e),someLines:(t,e,s)=>a("%2 of %3 line","%2 of %3 lines",t,e,s),earlier:o("Only the newest lines are shown."),severity:o("Severity"),node:o("Node"),noOutputs:o("No outputs."),noOutputsYet:o("No outputs yet."),download:o("Download"),downloadOf:t=>o("Download %1",t),noTiming:o("No node has started."),duration:o("Time"),when:o("When"),bar:(t,e)=>o("starts after %1, takes %2",t,e),waited:t=>o("waited %1 before it started",t),traceback:o("Traceback"),failedNode:o("Node"),showNode:o("Show in the graph"),copyText:o("Copy"),copiedText:o("Copied"),requestNote:o("What was submitted. Values of secrets are never kept.")}),...(r=d,l=c,h={connected:r("connected"),connecting:r("connecting"),unreachable:r("unreachable"),refused:r("refused")},{workers:r("Workers"),noWorkers:r("No worker is known. `%nodetool workers connect NAME URL` adds one."),worker:t=>Object.hasOwn(h,t)?h[t]:t,version:t=>r("version %1",t),types:(t,e)=>l("%2 node type","%2 node types",t,e),waiting:(t,e)=>l("%2 waits","%2 wait",t,e),machine:r("Machine"),mine:r("your share"),cpu:r("CPU"),memory:r("Memory"),gpu:t=>r("GPU %1",t),gpuMemory:t=>r("GPU %1 memory",t),cores:(t,e,s)=>l("%2 of %3 core","%2 of %3 cores",e,t,s),bytes:(t,e)=>r("%1 of %2",t,e),noFigures:r("Asking …")})}}(i?.load("nodetool_jupyter")),a=new tA(e.socket),r=new tY(e.api,a,o,e=>t.commands.execute("docmanager:open",{path:e})),l=new ts.WidgetTracker({namespace:"nodetool-job"}),h=(e,s)=>(function t(e,s,n,i,o){let a=s.find(({content:t})=>t.job===i);if(void 0===a){let r,l;r=new ss(i,n,i=>t(e,s,n,i,void 0)),(l=new ts.MainAreaWidget({content:r})).id=`nodetool-job-${i}`,l.toolbar.hide(),void 0!==o&&r.detail.show(o),a=l,s.add(a),e.shell.add(a,"main")}else void 0!==o&&a.content.detail.show(o);e.shell.activateById(a.id)})(t,l,d,e,s),d={...e,roster:a,acts:r,strings:o,openInTab:h},c=new e5(d);t.shell.add(c,"left",{rank:550,type:"NodeTool"}),n?.add(c,e3),n?.restore(l,{command:ty,args:({content:t})=>({job:t.job,where:"main",tab:t.detail.tab}),name:({content:t})=>t.job});let p=new tO(s);p.changed.connect(()=>c.offer(p.sections));let u=()=>t.shell.activateById(e3);return{...d,show:u,open:(t,e="panel",s)=>{"main"===e?h(t,s):(u(),c.open(t,s))}}}};var si=s("webpack/sharing/consume/default/@jupyterlab/filebrowser");let so="nodetool-jupyter:told",sa={seen:0,front:300,behind:1500};class sr{constructor(t,e,s){this._roster=t,this._settings=e,this._teller=s,this._watch=null,this._waiting={seen:[],front:[],behind:[]},t.ended.connect((t,e)=>this._ended(e)),e.changed.connect(()=>this._follow()),e.ready.then(()=>this._follow())}_follow(){let t="never"!==this._settings.notify;t&&null===this._watch?this._watch=this._roster.watch({hidden:!0}):t||(this._watch?.dispose(),this._watch=null)}_ended(t){if(null===this._watch)return;let e=this._teller.place(t.id);this._waiting[e].push(t),1===this._waiting[e].length&&window.setTimeout(()=>void this._tell(e),sa[e])}async _tell(t){let e=this._waiting[t].splice(0),s=await Promise.all(e.map(({id:t})=>this._teller.claim(t))),n=e.filter((t,e)=>s[e]),{notify:i}=this._settings;"never"!==i&&("unseen"!==i||"seen"!==t)&&(n.length>3?this._several(n):n.forEach(e=>this._one(e,t)))}_one(t,e){let[s,n]=function(t,e){let s=sl(t.name)||e.unnamed;if("error"===t.status){let n=sl(t.error);return[n?e.failedBecause(s,n):e.failed(s),"error"]}if("cancelled"===t.status)return[e.cancelled(s),"info"];let[n,i]=[t.started??null,t.ended??null];return null!==n&&null!==i&&i>=n?[e.completedAfter(s,tu(i-n)),"success"]:[e.completed(s),"success"]}(t,this._teller.words);this._teller.emit(s,n,{autoClose:"error"!==n&&"behind"!==e&&8e3,actions:[this._show(t.id)]})}_several(t){let{words:e}=this._teller,s=t.filter(({status:t})=>"error"===t).length,n=s?e.severalFailed(t.length,String(s)):e.several(t.length);this._teller.emit(n,s?"error":"success",{autoClose:!1,actions:[this._show(null)]})}_show(t){let{words:e,open:s}=this._teller;return{label:e.show,displayType:"accent",callback:()=>s(t)}}}function sl(t){let e=tv(t??"").split("\n",1)[0]??"";return e.length>80?`${e.slice(0,79)}…`:e}async function sh(t){let e=()=>{try{let e,s=(e=JSON.parse(localStorage.getItem(so)??"[]"),Array.isArray(e)?e:[]);if(s.includes(t))return!1;localStorage.setItem(so,JSON.stringify([...s,t].slice(-500)))}catch{}return!0},s=navigator.locks;return null==s?e():s.request(so,e)}function sd(t){if("visible"!==document.visibilityState)return"behind";for(let e of document.querySelectorAll(".nodetool-view[data-job]"))if(e.dataset.job===t&&function(t){let{left:e,right:s,top:n,bottom:i}=t.getBoundingClientRect(),o=(t,e,s)=>(Math.max(0,t)+Math.min(s,e))/2,a=document.elementFromPoint(o(e,s,window.innerWidth),o(n,i,window.innerHeight));return null!==a&&t.contains(a)}(e))return"seen";return"front"}function sc(t=e7){var e,s,n,i,o;let{__:a,_n:r}=se(t);return{...{category:(e=a)("NodeTool"),openPanel:e("Show the Panel of Jobs"),openJob:e("Open a Job …"),showLog:e("Show the Log of a Job …"),cancelJob:e("Cancel a Job …"),retryJob:e("Run a Job Again …"),deleteJob:e("Delete a Job …"),copyId:e("Copy the Id of a Job …"),runFile:e("Run in a New Notebook"),openPicture:e("Open Picture"),whichJob:e("Which job?"),choose:e("Choose"),aJob:(t,s,n)=>e("%1 \xb7 %2 \xb7 %3",t,s,n),unnamed:e("workflow"),noSuchJobs:e("There is no job of which this could be asked."),loading:e("The list of jobs has not come yet; try again in a moment."),noServer:e("The server has no NodeTool extension, or cannot be reached."),whichFile:e("Select a file *.nodetool.json in the file browser, or open one, and say so again."),cannotRun:(t,s)=>e("No notebook could be made for %1: %2",t,s),oddName:e("its name has characters that no line can hold")},...(s=a,n=r,{show:s("Show"),completed:t=>s("%1 is done",t),completedAfter:(t,e)=>s("%1 is done after %2",t,e),failed:t=>s("%1 failed",t),failedBecause:(t,e)=>s("%1 failed: %2",t,e),cancelled:t=>s("%1 was cancelled",t),several:t=>n("%1 job has ended","%1 jobs have ended",t),severalFailed:(t,e)=>n("%1 job has ended, %2 failed","%1 jobs have ended, %2 of them failed",t,e)}),...(i=a,o=r,{factory:i("NodeTool Picture"),fileType:i("NodeTool workflow"),asking:i("Looking at the workflow …"),untitled:i("workflow"),nodes:(t,e)=>o("%2 node","%2 nodes",t,e),ready:i("can run"),faults:(t,e)=>o("%2 fault","%2 faults",t,e),warnings:(t,e)=>o("%2 warning","%2 warnings",t,e),issues:i("What is the matter"),moreIssues:t=>i("and %1 more",t),error:i("error"),warning:i("warning"),inputs:i("Takes"),outputs:i("Gives"),mustBeGiven:i("must be given"),notShown:i("This workflow is too large for a picture."),notJson:t=>i("This is not JSON: %1",t),noWorkflow:i("There is no workflow in this file: an object with “nodes” and “edges”."),absent:i("The picture is drawn by the NodeTool extension of the Jupyter server, which is not there."),unreachable:i("The server cannot be reached."),again:i("Look again")})}}var sp=s("webpack/sharing/consume/default/@jupyterlab/docregistry"),su=s("./node_modules/css-loader/dist/cjs.js!./style/viewer.css"),s_={};s_.styleTagTransform=f(),s_.setAttributes=u(),s_.insert=c().bind(null,"head"),s_.domAPI=h(),s_.insertStyleElement=g(),r()(su.A,s_),su.A&&su.A.locals&&su.A.locals;class sg{constructor(t,e){this._words=e,this._head=tz("header",{class:"nt-header nt-workflow-head"}),this._name=tz("h3",{class:"nt-name"}),this._counts=tz("span",{class:"nt-counts",role:"status"}),this._place=tz("div",{class:"nt-workflow-place"}),this._lists=tz("div",{class:"nt-lists"}),this._model=null,this._graph=null,this._strings={...t,state:e=>"waiting"===e?"":t.state(e)},this.element=tz("section",{class:"nodetool-ui nodetool-view nt-workflow","data-connection":"ended"},this._head,tz("div",{class:"nt-main"},this._place),this._lists),this._head.append(this._name,this._counts)}show(t){let e=S(t.state),s=M(S(e.job).name)||this._words.untitled;tF(this._name,s),this.element.setAttribute("aria-label",s),this._draw(e),tF(this._counts,this._count(t,e));let[n,i,o]=["issues","inputs","outputs"].map(e=>T(t[e])),a=Object.keys(S(e.graph)).length>0;this._lists.replaceChildren(...a?[]:[tz("p",{class:"nt-plain"},this._words.notShown)],...this._issues(n??[],C(t.more)??0),...this._section(this._words.inputs,(i??[]).filter(j).map(t=>this._input(t))),...this._section(this._words.outputs,(o??[]).map(t=>tz("li",{},tz("b",{},M(t))))))}say(t,...e){this._drop(),tF(this._name,""),tF(this._counts,""),this._place.replaceChildren(),this._lists.replaceChildren(tz("p",{class:"nt-plain",role:"status"},t),...e)}dispose(){this._drop(),this.element.remove()}_draw(t){let e=this._model;null===e||null===this._graph?(this._model=new t1(t),this._graph=new eC(this._model,this._strings,t=>this._mark(t)),this._place.replaceChildren(this._graph.element)):e.snapshot(t),this._graph.build(!1),this._model?.touched.clear()}_drop(){this._graph?.dispose(),this._graph=null,this._model=null}_count(t,e){let s=this._words,n=T(t.issues).filter(j),i=n.filter(t=>"warning"===t.severity).length,o=C(t.faults)??n.length-i,a=C(S(e.job).all)??0;return[s.nodes(a,tf(a)),o?s.faults(o,tf(o)):s.ready,i?s.warnings(i,tf(i)):""].filter(Boolean).join(" \xb7 ")}_issues(t,e){let s=this._words,n=t.filter(j).map(t=>{let e="warning"===t.severity?"warning":"error",n=M(t.node),i=tz("li",{"data-severity":e,"data-node":n||null},tz("i",{},"warning"===e?s.warning:s.error));if(n&&null!==this._model&&j(S(this._model.part("graph").nodes)[n])){let t=tz("button",{type:"button",class:"nt-link"},this._model.nodeName(n));t.addEventListener("click",()=>this._go(n)),i.append(t)}let o=M(t.property);return i.append(o?`${o}: ${M(t.message)}`:M(t.message)),i});return e>0&&n.push(tz("li",{},s.moreIssues(tf(e)))),this._section(s.issues,n)}_input(t){let e=M(t.value);return tz("li",{},tz("b",{},M(t.name)),tz("span",{},M(t.type)),!0===t.needed?tz("i",{},this._words.mustBeGiven):e?tz("code",{},e):null)}_section(t,e){return e.length?[tz("section",{class:"nt-list","aria-label":t},tz("h4",{},t),tz("ul",{},...e))]:[]}_go(t){this._graph?.reveal(t),this._graph?.select(t),this._graph?.focus(t)}_mark(t){this._graph?.select(t);let e=null;for(let s of this._lists.querySelectorAll("li[data-node]")){let n=s.getAttribute("data-node")===t;s.toggleAttribute("data-marked",n),e??(e=n?s:null)}e?.scrollIntoView({block:"nearest"})}}let sm="nodetool-workflow",sf="nodetool-picture";class sw extends sp.ABCWidgetFactory{constructor(t,e){super(t),this._tools=e}createNewWidget(t){let{app:e,words:s}=this._tools,n=new sb(t,this._tools),i=new sp.DocumentWidget({content:n,context:t});return i.title.icon=eG,i.toolbar.addItem("run",new ts.ToolbarButton({label:s.runFile,tooltip:s.runFile,onClick:()=>void e.commands.execute(tx,{path:t.path})})),i.toolbar.addItem("again",new ts.ToolbarButton({label:s.again,tooltip:s.again,onClick:()=>void n.look()})),i}}class sb extends tQ.Widget{constructor(t,e){super(),this._context=t,this._tools=e,this._monitor=null,this._round=0,this.addClass("nodetool-file"),this._picture=new sg(e.view,e.words),this.node.append(this._picture.element),this._picture.say(e.words.asking),t.ready.then(()=>this._begin())}async look(){let t,e=this._round+=1,s=this._context.model.toString();try{t=JSON.parse(s)}catch(t){this._picture.say(this._tools.words.notJson(t instanceof Error?t.message:""));return}if(!j(t))return void this._picture.say(this._tools.words.noWorkflow);let n=tr(this._context.path.split("/").pop()??"");try{let s=await this._tools.server.ask("POST","explain",{},{graph:t,name:n});e!==this._round||this.isDisposed||this._picture.show(s)}catch(t){e!==this._round||this.isDisposed||this._fail(t)}}dispose(){this.isDisposed||(this._monitor?.dispose(),this._picture.dispose(),super.dispose())}onActivateRequest(){this.node.querySelector('.nt-card[tabindex="0"], .nt-button')?.focus({preventScroll:!0})}_begin(){this.isDisposed||(this._monitor=new n.ActivityMonitor({signal:this._context.model.contentChanged,timeout:500}),this._monitor.activityStopped.connect(()=>void this.look()),this.look())}_fail(t){let{words:e}=this._tools;if(!(t instanceof E))throw t;if("invalid_graph"===t.code||"invalid_request"===t.code)return void this._picture.say(t.message,...t.hint?[tz("p",{class:"nt-plain"},t.hint)]:[]);let s=tz("button",{type:"button",class:"nt-button"},e.again);s.addEventListener("click",()=>void this.look());let n=0===t.status?e.unreachable:404===t.status?e.absent:t.message;this._picture.say(n,s)}}let sv=t=>t?.load("nodetool_jupyter"),sk={id:"nodetool-jupyter:commands",description:"Commands on NodeTool jobs and workflow files, for the palette and the menus.",autoStart:!0,optional:[tL,tn.ISettingRegistry,ts.ICommandPalette,si.IFileBrowserFactory,o.ITranslator],activate:(t,e,s,n,i,o)=>{let a=sc(sv(o)),r=e=>async s=>{let n=function(t,e,s){if("string"==typeof s.path)return s.path;let n=[...e?.tracker.currentWidget?.selectedItems()??[]].map(({path:t})=>t),i=t.shell.currentWidget?.context?.path;return(!0===s.selected?n:[i,...n]).find(t=>t?.toLowerCase().endsWith(".json"))??null}(t,i,s);return null===n?(ts.Notification.info(a.whichFile,{autoClose:5e3}),null):e(n)};for(let e of(t.commands.addCommand(tx,{label:a.runFile,execute:r(e=>tM(t,a,e))}),t.commands.addCommand(tj,{label:a.openPicture,execute:r(e=>t.commands.execute("docmanager:open",{path:e,factory:sf}))}),[tx,tj]))n?.addItem({command:e,category:a.category});if(e){!function(t,e,s,n,i){let{acts:o}=e,a=t=>!tp.has(t.status),r=t=>!a(t),l=(t,i,o)=>({label:t,execute:async t=>{let a="string"==typeof t.job?t.job:await tT(e.roster,s,n,o);return null===a?null:i(a,t)}}),h=async t=>{let s=await o.retry(t);return null!==s&&e.open(s),s};for(let[n,d]of Object.entries({[tk]:{label:s.openPanel,execute:()=>e.show()},[ty]:l(s.openJob,(t,{where:s,tab:n})=>e.open(t,"main"===s?"main":"panel",tS.find(t=>t===n))),"nodetool:show-log":l(s.showLog,t=>e.open(t,"main","log")),"nodetool:cancel-job":l(s.cancelJob,t=>o.cancel(t),a),"nodetool:retry-job":l(s.retryJob,h,r),"nodetool:delete-job":l(s.deleteJob,t=>o.remove(t),r),"nodetool:copy-id":l(s.copyId,t=>o.copyId(t))}))t.commands.addCommand(n,d),i?.addItem({command:n,category:s.category})}(t,e,a,st(sv(o)).state,n);let i=new tO(s);Promise.all([t.restored,i.ready]).then(()=>i.openOnStart&&e.show())}}},sy={id:"nodetool-jupyter:notifications",description:"Tells when a NodeTool job has ended.",autoStart:!0,requires:[tL],optional:[tn.ISettingRegistry,o.ITranslator],activate:(t,e,s,n)=>{new sr(e.roster,new tO(s),{words:sc(sv(n)),open:e=>void t.commands.execute(null===e?tk:ty,null===e?{}:{job:e}),claim:sh,place:sd,emit:(t,e,s)=>ts.Notification.emit(t,e,s)})}},sx={id:"nodetool-jupyter:viewer",description:"Shows the picture of workflow files *.nodetool.json.",autoStart:!0,requires:[tN],optional:[o.ITranslator],activate:(t,{api:e},s)=>{let n=sv(s);!function(t){let{app:e,words:s}=t;e.docRegistry.addFileType({name:sm,displayName:s.fileType,extensions:[".nodetool.json"],mimeTypes:["application/json"],fileFormat:"text",contentType:"file",icon:eG});let n=new sw({name:sf,label:s.factory,modelName:"text",fileTypes:[sm,"json"],defaultFor:[sm],readOnly:!0},t);e.docRegistry.addWidgetFactory(n)}({app:t,server:e,words:sc(n),view:st(n)})}},sj="application/vnd.nodetool.job+json";class sS extends tQ.Widget{constructor(t,e){super(),this._jobs=t,this._strings=e,this._place={session:()=>this._session},this._session=null,this._view=null,this._placed="",this._unplace=null,this.addClass("nodetool-output")}renderModel(t){let e=t.data[sj],s=eL(e,this._strings);if(null!==s||void 0===e)this._drop(),this.node.replaceChildren(tz("div",{class:"nodetool-ui nodetool-view"},tz("p",{class:"nt-plain"},s??this._strings.broken)));else if(null===this._view){var n;this.node.replaceChildren(),this._view=(n=this.node,new ez(n,e,this._jobs.linkOf(this._place),this._strings)),this._follow()}else this._view.snapshot(e),this._follow();return Promise.resolve()}dispose(){this._drop(),super.dispose()}onAfterAttach(){this._follow()}_follow(){let t=this._view;if(null===t||!this.isAttached)return;let e=function(t){for(let e=t;null!==e;e=e.parent){let t=sM(e);if(null!==t)return t}return null}(this);null!==e&&(this._session=e,this._jobs.adopt(e)),(null===this._unplace||t.job!==this._placed)&&(this._unplace?.(),this._placed=t.job,this._unplace=this._jobs.place(t,this._place.session))}_drop(){this._unplace?.(),this._unplace=null,this._view?.dispose(),this._view=null}}class sT extends tQ.Widget{constructor(){super(),this.addClass("nodetool-nothing")}renderModel(){return Promise.resolve()}}function sM(t){return t.sessionContext??t.context?.sessionContext??null}class sC{constructor(t,e){this._server=t,this._socket=e,this._known=new Map,this._topics=new Map,this._asking=new Set,this._turn=Promise.resolve(),this._hear=()=>void 0,this._changed=()=>void 0}listen(t,e){this._hear=t,this._changed=e,this._socket.stateChanged.connect((t,s)=>{("offline"===s||"absent"===s)&&this._known.clear(),"connecting"!==s&&e()})}acquaintance(t){let{state:e}=this._socket;return"offline"===e||"absent"===e?"stranger":this._known.get(t)??"asked"}knock({job:t,ended:e}){this._topics.has(t)||this._asking.has(t)||(e?(this._asking.add(t),this._turn=this._turn.then(()=>this._look(t))):this.follow(t))}follow(t){return this._topics.get(t)?.dispose(),this._topics.set(t,this._socket.subscribe({topic:"state",job:t},e=>this._take(t,e))),Promise.resolve()}leave(t){this._topics.get(t)?.dispose(),this._topics.delete(t)}async request(t,e){try{if("retry"===t)return{ok:!0,job:await this._server.retry(e)};return await this._server.cancel(e),{ok:!0}}catch(n){let{status:e,message:s}=n;if(404===e||0===e&&"cancel"===t)throw n;return{ok:!1,message:s}}}async detail(t,e){let s="open"===this._socket.state?this._socket.detail(t,e):this._server.node(t,e);this._hear({type:"detail",job:t,node:e,detail:await s})}_take(t,e){switch(e.type){case"snapshot":case"patch":this._told(t,e);break;case"end":this._topics.delete(t);break;case"gone":case"error":this._topics.delete(t),this._know(t,"stranger")}}_told(t,e){let s=this._known.get(t);this._known.set(t,"met"),this._hear(e),"met"!==s&&this._changed()}async _look(t){try{let{jobs:e}=await this._server.jobs({q:t,limit:10});this._know(t,e.some(({id:e})=>e===t)?"met":"stranger")}catch{this._know(t,"stranger")}finally{this._asking.delete(t)}}_know(t,e){this._known.get(t)!==e&&(this._known.set(t,e),this._changed())}}let sq={id:"nodetool-jupyter:plugin",description:"Shows running NodeTool workflows in the outputs of cells.",autoStart:!0,requires:[i.IRenderMimeRegistry,tN],optional:[o.ITranslator],activate:(t,e,{api:s,socket:i},o)=>{var a,r,l;let h,d,c=st(o?.load("nodetool_jupyter")),p=new tt(new sC(s,i));e.addFactory({safe:!0,mimeTypes:[sj],createRenderer:()=>new sS(p,c)},-10),e.addFactory({safe:!0,mimeTypes:["application/vnd.nodetool.picture+json"],createRenderer:()=>new sT},-10),h=JSON.parse(n.PageConfig.getOption("untracked_message_types")||"[]"),n.PageConfig.setOption("untracked_message_types",JSON.stringify([...h,U])),a=t,r=p,d=t=>{let e=t&&sM(t);e?.kernelChanged&&r.adopt(e)},a.docRegistry.addWidgetExtension("Notebook",{createNew:t=>{d(t)}}),a.shell.currentChanged?.connect((t,{newValue:e})=>d(e)),l=p,document.addEventListener("nodetool:request",t=>{let{type:e,job:s,answer:n}=t.detail;l.reaches(s)&&(t.preventDefault(),n?.(l.request(e,s,null)))})}},sA=[{id:"nodetool-jupyter:server",description:"Reaches the NodeTool extension of the Jupyter server.",autoStart:!0,provides:tN,activate:t=>{let e=new O(t.serviceManager.serverSettings);return{api:e,socket:new J(e,{present:""!==n.PageConfig.getOption("nodetoolServer")})}}},sq,sn,sk,sy,sx]},"./node_modules/css-loader/dist/cjs.js!./style/panel.css"(t,e,s){var n=s("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=s.n(n),o=s("./node_modules/css-loader/dist/runtime/api.js"),a=(s.n(o))()(i());a.push([t.id,`/*
 * The look of the panel and of a job's tab. Colours and signs are those of a job's view (view.css); sides are named by
 * the direction of the text, so that it is right where one reads from right to left.
 */

.nodetool-panel {
  container: nodetool-panel / inline-size;
  display: flex;
  flex-direction: column;
  height: 100%;
  min-height: 0;
  background: var(--nt-back);
  color: var(--nt-ink);
  font: 13px/1.4 var(--nt-font);
  overflow: hidden;
}

.nodetool-panel .ntp-home,
.nodetool-panel .ntp-opened {
  display: flex;
  flex: 1 1 auto;
  flex-direction: column;
  min-height: 0;
}

.nodetool-panel .ntp-home {
  overflow-x: hidden;
  overflow-y: auto;
  scrollbar-gutter: stable;
}

.nodetool-panel .ntp-soft {
  color: var(--nt-soft);
  font-size: 12px;
}

/* Filter */

.nodetool-panel .ntp-filter {
  display: flex;
  position: sticky;
  z-index: 1;
  top: 0;
  gap: 6px;
  padding: 8px 10px;
  background: var(--nt-back);
}

.nodetool-panel .ntp-filter input {
  flex: 1 1 0;
}

.nodetool-panel .ntp-filter select {
  flex: 0 1 auto;
  max-width: 42%;
}

.nodetool-panel[data-state='absent'] :is(.ntp-filter, .ntp-foot, .ntp-rest) {
  display: none;
}

.nodetool-panel .ntp-banner {
  margin: 0 10px 6px;
  padding: 6px 10px;
  border-inline-start: 3px solid var(--nt-halt);
  border-radius: 3px;
  background: color-mix(in srgb, var(--nt-halt) 10%, var(--nt-back));
  font-size: 12px;
}

/* Parts under headings */

.nodetool-panel .ntp-fold summary {
  display: flex;
  align-items: center;
  gap: 7px;
  height: 28px;
  padding-inline: 10px;
  cursor: pointer;
  list-style: none;
  user-select: none;
}

.nodetool-panel .ntp-fold summary::-webkit-details-marker {
  display: none;
}

.nodetool-panel .ntp-fold summary::before {
  flex: none;
  width: 5px;
  height: 5px;
  margin: -2px 3px 0 2px;
  border: solid var(--nt-soft);
  border-width: 0 1.5px 1.5px 0;
  content: '';
  transform: rotate(-45deg);
  transition: transform 0.12s;
}

.nodetool-panel .ntp-fold summary:dir(rtl)::before {
  transform: rotate(135deg);
}

.nodetool-panel .ntp-fold[open] summary::before {
  transform: rotate(45deg);
}

.nodetool-panel .ntp-fold summary:hover {
  background: var(--nt-floor);
}

.nodetool-panel .ntp-fold summary:focus-visible {
  outline-offset: -2px;
}

.nodetool-panel .ntp-fold-title {
  color: var(--nt-soft);
  font-size: 11px;
  font-weight: 600;
  letter-spacing: 0.05em;
  text-transform: uppercase;
}

.nodetool-panel .ntp-fold-note {
  color: var(--nt-soft);
  font-size: 11px;
  font-variant-numeric: tabular-nums;
}

/* A job in the list */

.nodetool-panel .ntp-row {
  display: grid;
  position: relative;
  grid-template-columns: 16px minmax(0, 1fr);
  align-items: center;
  column-gap: 9px;
  padding: 5px 10px 6px 12px;
  cursor: pointer;
  content-visibility: auto;
  contain-intrinsic-size: auto 46px;
}

.nodetool-panel .ntp-row:hover {
  background: color-mix(in srgb, var(--nt-ink) 5%, var(--nt-back));
}

.nodetool-panel .ntp-row[aria-selected='true'] {
  background: color-mix(in srgb, var(--nt-accent) 12%, var(--nt-back));
}

.nodetool-panel .ntp-row:focus-visible {
  outline-offset: -2px;
}

.nodetool-panel .ntp-row > .nt-sign {
  grid-row: 1;
}

.nodetool-panel .ntp-row-line {
  display: flex;
  grid-column: 2;
  align-items: baseline;
  gap: 8px;
  min-width: 0;
}

.nodetool-panel .ntp-row-name {
  flex: 1 1 auto;
  overflow: hidden;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-panel .ntp-row-time {
  flex: none;
  color: var(--nt-soft);
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}

.nodetool-panel .ntp-row-line.ntp-soft {
  gap: 0;
  line-height: 17px;
}

.nodetool-panel .ntp-row-state {
  flex: none;
  color: var(--nt-tone);
}

.nodetool-panel .ntp-row-more {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  font-variant-numeric: tabular-nums;
}

.nodetool-panel .ntp-row-more:not(:empty)::before {
  white-space: pre;
  content: ' \xb7 ';
}

.nodetool-panel .ntp-bar {
  grid-column: 2;
  height: 3px;
  margin-top: 4px;
  border-radius: 2px;
  background: color-mix(in srgb, var(--nt-ink) 10%, var(--nt-back));
  overflow: hidden;
}

.nodetool-panel .ntp-fill {
  height: 100%;
  border-radius: 2px;
  background: var(--nt-tone);
  transform: scaleX(0);
  transform-origin: 0 0;
  transition: transform 0.25s linear;
}

.nodetool-panel .ntp-fill:dir(rtl) {
  transform-origin: 100% 0;
}

.nodetool-panel .ntp-quick {
  display: none;
  position: absolute;
  top: 4px;
  inset-inline-end: 8px;
  width: 22px;
  height: 20px;
}

.nodetool-panel .ntp-row:hover .ntp-quick {
  display: block;
}

.nodetool-panel .ntp-foot {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 6px;
  min-height: 30px;
  padding: 4px 12px 8px;
}

.nodetool-panel .ntp-jobs:has(.ntp-says:not(:empty)) .ntp-foot {
  display: none;
}

/* What is said where there is nothing else */

.nodetool-panel .ntp-message {
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 8px;
  max-width: 300px;
  margin: 0 auto;
  padding: 26px 18px 30px;
  text-align: center;
}

.nodetool-panel .ntp-message p {
  text-align: center;
}

.nodetool-panel .ntp-picture {
  width: 96px;
  height: 60px;
  margin-bottom: 4px;
  fill: none;
  stroke: color-mix(in srgb, var(--nt-accent) 62%, var(--nt-back));
  stroke-linecap: round;
  stroke-linejoin: round;
  stroke-width: 1.6;
}

.nodetool-panel .ntp-message-title {
  font-size: 14px;
  font-weight: 600;
}

.nodetool-panel .ntp-message-text {
  color: var(--nt-soft);
  overflow-wrap: anywhere;
}

.nodetool-panel .ntp-message-text:empty {
  display: none;
}

.nodetool-panel .ntp-example {
  display: grid;
  gap: 3px;
  width: 100%;
  margin-top: 4px;
  color: var(--nt-soft);
  font-size: 12px;
  text-align: start;
}

.nodetool-panel .ntp-example code {
  padding: 5px 9px;
  border: 1px solid var(--nt-line);
  border-radius: 4px;
  background: var(--nt-floor);
  color: var(--nt-ink);
  font: 12px/1.4 var(--nt-code);
  user-select: all;
}

.nodetool-panel .ntp-bone {
  display: grid;
  grid-template-columns: 16px 1fr;
  gap: 6px 9px;
  padding: 8px 12px;
}

.nodetool-panel .ntp-bone :is(i, span) {
  height: 9px;
  border-radius: 5px;
  background: color-mix(in srgb, var(--nt-ink) 10%, var(--nt-back));
  animation: ntp-breathe 1.6s ease-in-out infinite alternate;
}

.nodetool-panel .ntp-bone i {
  grid-row: span 2;
  height: 16px;
  border-radius: 8px;
}

.nodetool-panel .ntp-bone span:last-child {
  width: 55%;
}

@keyframes ntp-breathe {
  to {
    opacity: 0.4;
  }
}

/* Workers and the machine */

.nodetool-panel .ntp-rest {
  margin-top: auto;
  border-top: 1px solid var(--nt-line);
  padding-bottom: 6px;
}

.nodetool-panel .ntp-rest .nt-none {
  margin: 0;
  padding: 2px 12px 8px 30px;
}

.nodetool-panel .ntp-worker {
  display: grid;
  grid-template-columns: 16px minmax(0, 1fr);
  align-items: center;
  column-gap: 9px;
  padding: 4px 12px 6px;
}

.nodetool-panel .ntp-worker > p {
  grid-column: 2;
  overflow-wrap: anywhere;
}

.nodetool-panel .ntp-host {
  flex: 0 1 auto;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-panel .ntp-fault {
  color: var(--nt-bad);
  font-size: 12px;
}

.nodetool-panel .ntp-gauges {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(104px, 1fr));
  gap: 8px 12px;
  padding: 2px 12px 8px;
}

.nodetool-panel .ntp-gauge {
  min-width: 0;
}

.nodetool-panel .ntp-gauge-words {
  display: flex;
  flex-direction: column;
  font-size: 12px;
  line-height: 16px;
}

.nodetool-panel .ntp-gauge-words :is(dt, dd) {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-panel .ntp-gauge-words dt {
  color: var(--nt-soft);
  font-weight: 400;
}

.nodetool-panel .ntp-gauge-words dd {
  font-variant-numeric: tabular-nums;
}

.nodetool-panel .ntp-spark {
  display: block;
  width: 100%;
  height: 28px;
  margin-top: 3px;
  border-bottom: 1px solid var(--nt-rim);
  background: var(--nt-floor);
}

.nodetool-panel .ntp-spark:dir(rtl) {
  transform: scaleX(-1);
}

.nodetool-panel .ntp-spark-line {
  fill: none;
  stroke: var(--nt-run);
  stroke-linejoin: round;
  stroke-width: 1.5;
  vector-effect: non-scaling-stroke;
}

.nodetool-panel .ntp-spark-area {
  fill: color-mix(in srgb, var(--nt-run) 18%, transparent);
}

/* One job */

.nodetool-panel .ntp-detail {
  display: flex;
  flex: 1 1 auto;
  flex-direction: column;
  min-height: 0;
}

.nodetool-panel .ntp-head {
  display: grid;
  gap: 4px;
  padding: 8px 10px 8px 12px;
}

.nodetool-panel .ntp-head-line {
  display: flex;
  align-items: center;
  gap: 8px;
  min-width: 0;
}

.nodetool-panel .ntp-head-line .nt-tool {
  flex: none;
  border-color: transparent;
}

.nodetool-panel .ntp-sign {
  display: block;
  width: 14px;
  height: 14px;
  margin: auto;
  fill: none;
  stroke: currentcolor;
  stroke-linecap: round;
  stroke-linejoin: round;
  stroke-width: 1.5;
}

.nodetool-panel .ntp-head-line .nt-tool:dir(rtl) {
  transform: scaleX(-1);
}

.nodetool-panel .ntp-title {
  flex: 1 1 auto;
  overflow: hidden;
  font-size: 14px;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-panel .ntp-about {
  overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums;
}

.nodetool-panel .ntp-acts {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  margin-top: 2px;
}

.nodetool-panel .ntp-tabs {
  display: flex;
  flex: none;
  padding-inline: 5px;
  border-bottom: 1px solid var(--nt-line);
  overflow-x: auto;
  scrollbar-width: none;
}

.nodetool-panel .ntp-tab {
  flex: none;
  padding: 5px 7px 6px;
  border: 0;
  border-bottom: 2px solid transparent;
  background: none;
  color: var(--nt-soft);
  font: 12px/1.4 var(--nt-font);
  cursor: pointer;
}

.nodetool-panel .ntp-tab:hover {
  color: var(--nt-ink);
}

.nodetool-panel .ntp-tab[aria-selected='true'] {
  border-bottom-color: var(--nt-accent);
  color: var(--nt-ink);
  font-weight: 600;
}

.nodetool-panel .ntp-tab:focus-visible {
  outline-offset: -2px;
}

.nodetool-panel .ntp-pages {
  display: flex;
  flex: 1 1 auto;
  flex-direction: column;
  min-height: 0;
}

.nodetool-panel .ntp-page {
  flex: 1 1 auto;
  min-height: 0;
  padding: 8px 12px 12px;
  overflow: auto;
}

.nodetool-panel .ntp-heading {
  margin: 14px 0 5px;
  color: var(--nt-soft);
  font-size: 11px;
  font-weight: 600;
  letter-spacing: 0.05em;
  text-transform: uppercase;
}

.nodetool-panel .ntp-whole {
  max-height: none;
}

/* The cell's view, without what the detail's own head and tabs say */

.nodetool-panel .ntp-graph {
  padding: 0;
}

.nodetool-panel .ntp-graph .nodetool-view {
  margin: 0;
  border: 0;
  border-radius: 0;
}

.nodetool-panel .ntp-graph :is(.nt-title, .nt-fold) {
  display: none;
}

/* Log */

.nodetool-panel .ntp-log {
  display: flex;
  position: relative;
  flex-direction: column;
  padding: 8px 0 0;
  overflow: hidden;
}

.nodetool-panel .ntp-log .nt-filter {
  flex: none;
  flex-wrap: wrap;
}

.nodetool-panel .ntp-log .nt-filter input {
  flex: 1 1 110px;
}

.nodetool-panel .ntp-lines {
  flex: 1 1 0;
  min-height: 120px;
  padding: 4px 12px 8px;
  border-top: 1px solid var(--nt-line);
  overflow: auto;
}

.nodetool-panel .ntp-lines .nt-entry {
  content-visibility: auto;
  contain-intrinsic-size: auto 18px;
}

.nodetool-panel .ntp-newest {
  position: absolute;
  bottom: 34px;
  left: 50%;
  box-shadow: 0 1px 6px rgb(0 0 0 / 20%);
  transform: translateX(-50%);
}

.nodetool-panel .ntp-page-foot {
  flex: none;
  padding: 4px 12px 6px;
  border-top: 1px solid var(--nt-line);
}

/* Outputs, timing, error, request */

.nodetool-panel .ntp-outputs .nt-value {
  padding-bottom: 10px;
  border-bottom: 1px solid var(--nt-line);
}

.nodetool-panel .ntp-outputs .nt-value:last-child {
  border-bottom: 0;
}

.nodetool-panel .ntp-outputs dt {
  display: flex;
  justify-content: space-between;
  gap: 10px;
  margin-bottom: 3px;
}

.nodetool-panel .ntp-outputs .nt-picture img {
  max-height: 320px;
}

.nodetool-panel .ntp-download {
  flex: none;
  color: var(--jp-content-link-color, var(--nt-run));
}

.nodetool-panel .ntp-timing {
  width: 100%;
  border-collapse: collapse;
  font-size: 12px;
  table-layout: fixed;
}

.nodetool-panel .ntp-timing thead th {
  padding-bottom: 4px;
  border-bottom: 1px solid var(--nt-line);
  color: var(--nt-soft);
  font-weight: 400;
}

.nodetool-panel .ntp-timing th:first-child {
  width: 38%;
  padding-inline-end: 8px;
  overflow: hidden;
  font-weight: 400;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.nodetool-panel .ntp-timing :is(th, td):last-child {
  width: 74px;
  padding-inline-start: 8px;
  text-align: end;
  white-space: nowrap;
  font-variant-numeric: tabular-nums;
}

.nodetool-panel .ntp-timing tbody :is(th, td) {
  height: 24px;
  vertical-align: middle;
}

.nodetool-panel .ntp-track {
  position: relative;
  height: 10px;
  border-radius: 3px;
  background: var(--nt-floor);
}

.nodetool-panel .ntp-span {
  position: absolute;
  top: 0;
  min-width: 2px;
  height: 100%;
  border-radius: 3px;
  background: var(--nt-tone);
}

.nodetool-panel [data-running] .ntp-span {
  background: repeating-linear-gradient(
    -45deg,
    var(--nt-tone) 0 6px,
    color-mix(in srgb, var(--nt-tone) 70%, var(--nt-back)) 6px 12px
  );
}

.nodetool-panel .ntp-reason {
  margin-bottom: 6px;
  font-weight: 600;
}

.nodetool-panel .ntp-page .nt-error {
  margin-top: 8px;
}

.nodetool-panel .ntp-request-head {
  display: flex;
  align-items: start;
  justify-content: space-between;
  gap: 10px;
  margin-bottom: 8px;
}

.nodetool-panel .ntp-request-head .nt-none {
  margin: 2px 0;
}

.nodetool-panel .ntp-request-head .nt-button {
  flex: none;
}

@media (forced-colors: active) {
  .nodetool-panel :is(.ntp-fill, .ntp-span) {
    background: Highlight;
    forced-color-adjust: none;
  }

  .nodetool-panel .ntp-row[aria-selected='true'] {
    outline: 1px solid Highlight;
    outline-offset: -1px;
  }

  .nodetool-panel :is(.ntp-spark-line, .ntp-picture) {
    stroke: CanvasText;
  }
}
`,""]),s.d(e,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/view.css"(t,e,s){var n=s("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=s.n(n),o=s("./node_modules/css-loader/dist/runtime/api.js"),a=(s.n(o))()(i());a.push([t.id,`/*
 * The look of a job's view: JupyterLab's own variables where it is shown in JupyterLab or Notebook, VS Code's there,
 * and plain values elsewhere. Colours of states reach a contrast of 4.5 : 1 on the cards of both themes
 * (tests/contrast.test.ts computes it); a state is never told by colour alone.
 */

.nodetool-ui {
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
}

.nodetool-view {
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

[data-jp-theme-light='false'] .nodetool-ui,
body.vscode-dark .nodetool-ui,
body.vscode-high-contrast:not(.vscode-high-contrast-light) .nodetool-ui {
  --nt-run: #64b5f6;
  --nt-good: #66bb6a;
  --nt-bad: #f28b82;
  --nt-halt: #e0a84a;
  --nt-idle: #a6a6a6;
  --nt-note: #d6b25e;
  color-scheme: dark;
}

.nodetool-ui *,
.nodetool-ui *::before {
  box-sizing: border-box;
}

/* Pages have their own ideas of these elements. */
.nodetool-ui :is(dl, dt, dd, p, ul, li, h2, h3, h4, pre, figure, table, th, td) {
  float: none;
  width: auto;
  min-width: 0;
  margin: 0;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  text-align: start;
  list-style: none;
}

.nodetool-ui [hidden] {
  display: none !important;
}

.nodetool-ui [data-tone],
.nodetool-ui[data-tone] {
  --nt-tone: var(--nt-idle);
}

.nodetool-ui [data-tone='run'] {
  --nt-tone: var(--nt-run);
}

.nodetool-ui [data-tone='good'] {
  --nt-tone: var(--nt-good);
}

.nodetool-ui [data-tone='bad'] {
  --nt-tone: var(--nt-bad);
}

.nodetool-ui [data-tone='halt'] {
  --nt-tone: var(--nt-halt);
}

.nodetool-ui :focus-visible {
  outline: 2px solid var(--nt-accent);
  outline-offset: 1px;
}

.nodetool-ui .nt-unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

/* Buttons and fields */

.nodetool-ui .nt-button,
.nodetool-ui .nt-tool,
.nodetool-ui .nt-field {
  border: 1px solid var(--nt-rim);
  border-radius: 4px;
  background: var(--nt-back);
  color: var(--nt-ink);
  font: 12px/1.4 var(--nt-font);
}

.nodetool-ui .nt-button {
  padding: 2px 10px;
  cursor: pointer;
}

.nodetool-ui .nt-button:hover:enabled,
.nodetool-ui .nt-tool:hover {
  background: color-mix(in srgb, var(--nt-ink) 8%, var(--nt-back));
}

.nodetool-ui .nt-button:disabled {
  color: var(--nt-soft);
  cursor: default;
}

.nodetool-view .nt-id {
  border-color: transparent;
  color: var(--nt-soft);
  font-family: var(--nt-code);
}

.nodetool-ui .nt-link {
  margin-left: 8px;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  text-decoration: underline;
  cursor: pointer;
}

.nodetool-ui .nt-field {
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

.nodetool-ui .nt-sign {
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

.nodetool-ui .nt-sign .nt-track {
  stroke: color-mix(in srgb, var(--nt-tone, currentcolor) 45%, var(--nt-back));
}

.nodetool-ui .nt-sign .nt-arc {
  transform: rotate(-90deg);
  transform-origin: 8px 8px;
  stroke-linecap: butt;
}

.nodetool-ui .nt-sign .nt-arc[stroke-dasharray='0 100'] {
  stroke: none;
}

.nodetool-ui .nt-sign[data-status='completed'] .nt-arc,
.nodetool-ui .nt-sign[data-status='error'] .nt-track {
  fill: var(--nt-tone);
  stroke: var(--nt-tone);
}

.nodetool-ui .nt-sign[data-status='completed'] .nt-stroke,
.nodetool-ui .nt-sign[data-status='error'] .nt-stroke {
  stroke: var(--nt-back);
}

.nodetool-ui .nt-sign[data-status='running'] .nt-stroke {
  fill: var(--nt-tone);
  stroke-width: 0.8;
}

.nodetool-ui .nt-sign[data-status='cancelled'] .nt-track,
.nodetool-ui .nt-sign[data-turning] .nt-arc {
  stroke: var(--nt-tone);
}

.nodetool-ui .nt-sign[data-turning] .nt-stroke {
  visibility: hidden;
}

.nodetool-ui .nt-turning .nt-sign[data-turning] {
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

.nodetool-ui .nt-tool {
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

.nodetool-ui .nt-values {
  display: grid;
  gap: 8px;
  margin: 0;
}

.nodetool-ui .nt-value dt {
  color: var(--nt-soft);
  font-size: 12px;
  font-weight: 400;
}

.nodetool-ui .nt-value dt,
.nodetool-ui .nt-value dd {
  line-height: 18px;
}

.nodetool-view .nt-outputs .nt-value {
  display: grid;
  grid-template-columns: minmax(72px, 18%) minmax(0, 1fr);
  gap: 12px;
}

.nodetool-ui .nt-line,
.nodetool-ui .nt-value dt {
  overflow-wrap: anywhere;
}

.nodetool-ui .nt-text {
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

.nodetool-ui .nt-error {
  border-left: 3px solid var(--nt-bad);
}

.nodetool-ui .nt-note,
.nodetool-ui .nt-none {
  margin: 2px 0 0;
  color: var(--nt-soft);
  font-size: 12px;
}

.nodetool-ui .nt-none {
  margin: 8px 0;
}

.nodetool-ui .nt-picture {
  margin: 0;
}

.nodetool-ui .nt-picture img {
  display: block;
  max-width: 100%;
  max-height: 160px;
  border: 1px solid var(--nt-line);
  border-radius: 4px;
}

.nodetool-ui .nt-picture figcaption {
  color: var(--nt-soft);
  font-size: 12px;
}

.nodetool-ui .nt-table {
  max-height: 220px;
  overflow: auto;
}

.nodetool-ui .nt-table table {
  margin: 0;
  border-collapse: collapse;
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}

.nodetool-ui .nt-table th,
.nodetool-ui .nt-table td {
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

.nodetool-ui .nt-filter {
  display: flex;
  gap: 6px;
  padding: 0 12px 6px;
}

.nodetool-ui .nt-filter input {
  flex: 1 1 auto;
}

.nodetool-ui .nt-lines {
  font: 12px/1.5 var(--nt-code);
}

.nodetool-view .nt-scroll {
  max-height: 180px;
  padding: 0 12px 8px;
  overflow: auto;
}

.nodetool-ui .nt-entry {
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

.nodetool-ui .nt-entry > * + * {
  margin-left: 8px;
}

.nodetool-ui .nt-entry time,
.nodetool-ui .nt-entry i {
  color: var(--nt-soft);
  font-style: normal;
}

.nodetool-ui .nt-entry b {
  font-weight: 600;
}

.nodetool-ui .nt-entry[data-severity='error'] b {
  color: var(--nt-bad);
}

.nodetool-ui .nt-entry[data-severity='warning'] b {
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
  .nodetool-ui * {
    animation: none !important;
    transition: none !important;
  }
}

@media (forced-colors: active) {
  .nodetool-ui .nt-sign,
  .nodetool-view .nt-edge,
  .nodetool-view .nt-port {
    stroke: CanvasText;
  }

  .nodetool-ui .nt-sign[data-status='completed'] .nt-arc,
  .nodetool-ui .nt-sign[data-status='error'] .nt-track {
    fill: none;
    stroke: CanvasText;
  }

  .nodetool-ui .nt-sign .nt-stroke {
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
`,""]),s.d(e,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/viewer.css"(t,e,s){var n=s("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=s.n(n),o=s("./node_modules/css-loader/dist/runtime/api.js"),a=(s.n(o))()(i());a.push([t.id,`/* The picture of a workflow's file, which fills its tab. */

.nodetool-file {
  overflow: auto;
}

.nodetool-view.nt-workflow {
  display: flex;
  flex-direction: column;
  min-height: 100%;
  margin: 0;
  border: 0;
  border-radius: 0;
}

.nt-workflow .nt-workflow-head {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 2px 12px;
  padding: 8px 12px;
}

.nt-workflow .nt-workflow-head:has(.nt-name:empty) {
  display: none;
}

.nt-workflow .nt-workflow-head .nt-name {
  font-size: 14px;
}

.nt-workflow .nt-counts {
  color: var(--nt-soft);
}

.nt-workflow .nt-main {
  flex: 1 1 auto;
  min-height: 160px;
}

.nt-workflow .nt-main:has(.nt-workflow-place:empty) {
  display: none;
}

.nt-workflow .nt-workflow-place {
  display: flex;
  flex: 1 1 auto;
  min-width: 0;
}

.nt-workflow .nt-lists {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 40px;
  padding: 4px 12px 12px;
  border-top: 1px solid var(--nt-line);
}

.nt-workflow .nt-lists:empty {
  display: none;
}

.nt-workflow .nt-lists > .nt-plain {
  flex: 1 0 100%;
  padding: 6px 0;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

.nt-workflow .nt-list h4 {
  margin: 8px 0 4px;
  color: var(--nt-soft);
  font-size: 11px;
  font-weight: 600;
  letter-spacing: 0.04em;
  text-transform: uppercase;
}

.nt-workflow .nt-list ul {
  margin: 0;
  padding: 0;
  list-style: none;
}

.nt-workflow .nt-list li {
  padding: 2px 6px;
  border-radius: 4px;
  line-height: 18px;
  overflow-wrap: anywhere;
}

.nt-workflow .nt-list li > * {
  margin: 0 8px 0 0;
}

.nt-workflow .nt-list li > span {
  color: var(--nt-soft);
}

.nt-workflow .nt-list li code {
  padding: 0;
  background: none;
  color: inherit;
  font: 12px/1.4 var(--nt-code);
}

.nt-workflow .nt-list li[data-marked] {
  background: color-mix(in srgb, var(--nt-accent) 14%, var(--nt-back));
}

.nt-workflow .nt-list li[data-severity] i {
  color: var(--nt-bad);
  font-style: normal;
  font-weight: 600;
}

.nt-workflow .nt-list li[data-severity='warning'] i {
  color: var(--nt-halt);
}
`,""]),s.d(e,{},{A:a})}}]);