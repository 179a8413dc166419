/**
 * The only YAML reader of the scripting host, for test cases and policy sets.
 *
 * <p>A {@link org.xenimage.script.yaml.Located} value knows file, line, column and path, so that error messages can
 * give its place. Text is hostile: aliases, keys given twice, deep nesting and large trees are refused.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.yaml;
