// Passkeys, the one thing here that takes JavaScript. A form with data-options
// asks that address what to ask the browser's authenticator, puts its answer
// into the form's field "answer", and is then sent like any other form.
(() => {
  'use strict';

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

  // What the server says in base64url the authenticator wants as bytes.
  const decoded = options => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials])
      for (const one of list || []) one.id = bytes(one.id);
    return options;
  };

  // And the other way round.
  const encoded = credential => {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
      if (credential.response[name]) response[name] = text(credential.response[name]);
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const ask = async form => {
    const sent = await fetch(form.dataset.options, {method: 'POST', headers: {Accept: 'application/json'}});
    if (!sent.ok) throw new Error(sent.status);
    const said = await sent.json();
    const publicKey = decoded(said.options.publicKey);
    form.elements.ceremony.value = said.ceremony;
    const credential = form.dataset.new === undefined ? await navigator.credentials.get({publicKey}) : await navigator.credentials.create({publicKey});
    form.elements.answer.value = encoded(credential);
    form.submit(); // which asks no listener again
  };

  for (const form of document.querySelectorAll('form[data-options]')) {
    const say = name => {
      for (const p of form.querySelectorAll('[data-when]')) p.hidden = p.dataset.when !== name;
    };
    if (!window.PublicKeyCredential) {
      say('unable');
      continue;
    }
    const button = form.querySelector('button');
    button.hidden = false;
    say('');
    form.addEventListener('submit', event => {
      event.preventDefault();
      button.disabled = true;
      say('waiting');
      ask(form).catch(() => {
        button.disabled = false;
        say('failed');
        button.focus();
      });
    });
  }
})();
