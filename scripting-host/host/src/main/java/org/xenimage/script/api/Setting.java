package org.xenimage.script.api;

/**
 * Where the examples of an object can run: a hook, and what makes the object there.
 *
 * @param hook in camel case; empty for the header, the console and what has no examples of its own
 * @param javaScript a statement before the examples; may be empty
 * @param python the same
 */
public record Setting(String hook, String javaScript, String python) {
    /** No examples run. */
    public static final Setting NONE = new Setting("", "", "");

    /**
     * A hook whose arguments are the object, or lead to it.
     *
     * @param hook in camel case
     * @return the setting
     */
    public static Setting in(String hook) {
        return new Setting(hook, "", "");
    }
}
