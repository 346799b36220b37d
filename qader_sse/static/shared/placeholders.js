/** Fill the placeholders of a translated text, such as `%(name)s`, with the fields of these names. */
export const fillPlaceholders = (template, fields = {}) =>
  template.replace(/%\((\w+)\)s/g, (_, name) => fields[name]);
