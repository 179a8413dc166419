package org.xenimage.script.engine;

/** One name, spelled as each language spells names. */
public final class Spelling {
    private Spelling() {}

    /**
     * From camel case to snake case.
     *
     * @param camelCase such as {@code pfnFrom}
     * @return such as {@code pfn_from}
     */
    public static String snake(String camelCase) {
        var snake = new StringBuilder(camelCase.length() + 4);
        for (int i = 0; i < camelCase.length(); i++) {
            char c = camelCase.charAt(i);
            if (Character.isUpperCase(c)) snake.append('_').append(Character.toLowerCase(c));
            else snake.append(c);
        }
        return snake.toString();
    }
}
