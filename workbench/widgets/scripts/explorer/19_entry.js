// How the explorer comes to life: by anywidget beside a kernel, by mountAll() in a report without one.

function render({ model, el }) {
  try {
    const explorer = new Explorer(model, el);
    return () => explorer.close();
  } catch (error) {
    el.replaceChildren(make("p", { role: "alert" }, String(error.message)));
    throw error;
  }
}

/** Bring to life every explorer of a page that has no kernel; its state stands beside it as JSON. */
function mountAll(page) {
  for (const place of page.querySelectorAll('[data-workbench-widget="explorer"]:not([data-mounted])')) {
    const source = place.querySelector('script[type="application/json"]');
    if (!source) continue;
    place.setAttribute("data-mounted", "");
    const values = { state: {}, settings: {} };
    try {
      values.state = JSON.parse(source.textContent);
      const model = { get: (name) => values[name], set: (name, value) => { values[name] = value; }, save_changes() {} };
      const root = make("div");
      new Explorer(model, root);
      place.replaceChildren(root);
    } catch (error) {
      if (values.state?.version > VERSION) place.append(make("p", { role: "alert" }, error.message));
      console.warn("The explorer's data cannot be shown; its picture and table stay.", error);
    }
  }
}

export default { render };
