// Elements are made by calls, and text is only ever text: nothing that came from a stream is read as HTML.

/** `el('p', { class: 'fine' }, 'text', child)`; properties that are null or false are left out. */
export function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return element;
}

let made = 0;

/** For attributes that refer to elements. */
export function freshId() {
  made += 1;
  return `made-${made}`;
}

/** A labelled choice; `options` are `[value, text]`. */
export function choice(label, options, onChange) {
  const id = freshId();
  const select = el(
    'select',
    { id, change: () => onChange(select.value) },
    options.map(([value, text]) => el('option', { value }, text)),
  );
  return el('span', { class: 'control' }, el('label', { for: id }, label), select);
}

export function chip(kind, text, sign) {
  return el(
    'span',
    { class: `chip ${kind}` },
    sign ? el('span', { 'aria-hidden': 'true' }, sign) : null,
    sign ? ' ' : '',
    text,
  );
}

export function readData() {
  return JSON.parse(document.getElementById('data').textContent);
}
