/**
 * The one reader of YAML of the scripting host: cases of tests, and policy sets.
 *
 * <p>A {@link org.xenimage.script.yaml.Located} value knows file, line, column and path, so that whoever rejects it can
 * say where it stands. Text is hostile: aliases, keys given twice, deep nesting and large trees are refused.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.yaml;
