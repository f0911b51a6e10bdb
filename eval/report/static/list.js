import { choice, el, freshId } from './dom.js';
import { counted } from './format.js';

// A long table in pages: sorted, filtered, searched; each row opens what is known of it. Only the rows of one page are elements.

const pageSizes = [25, 100, 500];

/**
 * `columns`: `{ label, class, value(item), show(item) }`, the first of which is the row's head and opens `detail(item)`; `filters`:
 * `{ label, holds(item) }`, the first of which is the one at the start; `searchText(item)` in lower case; `idOf(item)`.
 */
export function createList({ items, noun, filters, searchText, idOf, detail, controls, columnsOf }) {
  const state = { filter: 0, words: [], sort: null, page: 0, size: pageSizes[0], open: new Set() };
  const head = el('thead', { role: 'rowgroup' });
  const body = el('tbody', { role: 'rowgroup' });
  const told = el('p', { class: 'fine', role: 'status' });
  const turn = el('nav', { class: 'turn', 'aria-label': `Pages of ${noun}s` });
  const cells = (columns, item) =>
    columns
      .slice(1)
      .map((column) => el('td', { role: 'cell', class: column.class, 'data-label': column.label }, column.show(item)));

  const shownItems = () => {
    const kept = items.filter(
      (item) => filters[state.filter].holds(item) && state.words.every((word) => searchText(item).includes(word)),
    );
    return state.sort === null ? kept : sortedBy(kept, columnsOf()[state.sort.column].value, state.sort.down);
  };

  const drawHead = (columns) => {
    head.replaceChildren(
      el(
        'tr',
        { role: 'row' },
        columns.map((column, at) => headCell(column, at, state.sort, () => sortBy(at))),
      ),
    );
  };

  const sortBy = (column) => {
    const down = state.sort?.column === column ? !state.sort.down : column !== 0;
    state.sort = { column, down };
    state.page = 0;
    draw();
    head.querySelectorAll('button')[column].focus();
  };

  const drawRow = (columns, item) => {
    const id = idOf(item);
    const detailId = freshId();
    const place = el('td', { role: 'cell', colspan: columns.length });
    const more = el('tr', { role: 'row', class: 'detail', id: detailId }, place);
    const button = el('button', { type: 'button', class: 'opener', 'aria-controls': detailId }, columns[0].show(item));
    const show = () => {
      const isOpen = state.open.has(id);
      button.setAttribute('aria-expanded', String(isOpen));
      more.hidden = !isOpen;
      if (isOpen && !place.hasChildNodes()) place.append(detail(item));
    };
    button.addEventListener('click', () => {
      if (!state.open.delete(id)) state.open.add(id);
      show();
    });
    show();
    return [
      el('tr', { role: 'row' }, el('th', { role: 'rowheader', scope: 'row' }, button), cells(columns, item)),
      more,
    ];
  };

  const draw = () => {
    const columns = columnsOf();
    const shown = shownItems();
    const pages = Math.max(1, Math.ceil(shown.length / state.size));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * state.size;
    const rows = shown.slice(from, from + state.size);
    drawHead(columns);
    body.replaceChildren(...rows.flatMap((item) => drawRow(columns, item)));
    if (rows.length === 0)
      body.append(
        el(
          'tr',
          { role: 'row' },
          el('td', { role: 'cell', colspan: columns.length, class: 'none' }, `No ${noun} is like that.`),
        ),
      );
    told.textContent =
      rows.length === 0 ? counted(0, noun) : `${from + 1} to ${from + rows.length} of ${counted(shown.length, noun)}`;
    turn.hidden = pages === 1;
    turn.replaceChildren(...turnButtons(state, pages, draw));
  };

  const again = (change) => (value) => {
    change(value);
    state.page = 0;
    draw();
  };
  const search = searchBox(
    noun,
    again((text) => {
      state.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    }),
  );
  const options = filters.map(({ label, holds }, at) => [
    String(at),
    `${label} (${items.filter(holds).length.toLocaleString('en')})`,
  ]);
  const filter = choice(
    'Show',
    options,
    again((at) => {
      state.filter = Number(at);
    }),
  );
  const sizes = choice(
    'A page',
    pageSizes.map((size) => [String(size), String(size)]),
    again((size) => {
      state.size = Number(size);
    }),
  );
  const open = (id) => {
    const at = shownItems().findIndex((item) => idOf(item) === id);
    if (at === -1) return;
    state.open.add(id);
    state.page = Math.floor(at / state.size);
    draw();
    const opener = body.querySelectorAll('.opener')[at % state.size];
    opener.scrollIntoView({ block: 'start' });
    opener.focus({ preventScroll: true });
  };
  const element = el(
    'div',
    { class: 'list' },
    el('div', { class: 'controls' }, search, filter, controls ?? null, sizes),
    told,
    el(
      'table',
      { role: 'table', class: 'rows' },
      el('caption', { class: 'unseen' }, `The ${noun}s; a row's first cell opens what is known of it`),
      head,
      body,
    ),
    turn,
  );
  draw();
  return { element, draw, open };
}

function headCell({ label, class: name }, at, sort, onSort) {
  const isSorted = sort?.column === at;
  const order = isSorted ? (sort.down ? 'descending' : 'ascending') : null;
  const arrow = isSorted ? (sort.down ? ' ↓' : ' ↑') : '';
  const button = el('button', { type: 'button', click: onSort }, label, el('span', { 'aria-hidden': 'true' }, arrow));
  return el('th', { role: 'columnheader', scope: 'col', class: name, 'aria-sort': order }, button);
}

function searchBox(noun, onInput) {
  const id = freshId();
  const input = el('input', {
    id,
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    input: () => onInput(input.value),
  });
  return el('span', { class: 'control grow' }, el('label', { for: id }, `Search ${noun}s`), input);
}

function turnButtons(state, pages, draw) {
  const to = (page, text) => {
    const isOut = page < 0 || page >= pages;
    const go = () => {
      state.page = page;
      draw();
    };
    return el('button', { type: 'button', disabled: isOut, click: go }, text);
  };
  return [
    to(state.page - 1, '← Earlier'),
    el('span', { class: 'fine' }, `page ${state.page + 1} of ${pages}`),
    to(state.page + 1, 'Later →'),
  ];
}

/** What has no value comes last, whichever way; what is equal keeps its order. */
export function sortedBy(items, valued, down) {
  const sign = down ? -1 : 1;
  return items
    .map((item, at) => ({ item, at, value: valued(item) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.at - b.at;
      const order = typeof a.value === 'string' ? compared(a.value, b.value) : a.value - b.value;
      return order * sign || a.at - b.at;
    })
    .map(({ item }) => item);
}

function compared(a, b) {
  return a < b ? -1 : Number(a > b);
}
