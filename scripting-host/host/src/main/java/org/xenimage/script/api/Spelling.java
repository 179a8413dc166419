package org.xenimage.script.api;

import java.util.Set;

/** One name, spelled as each language spells names. */
public final class Spelling {
    private Spelling() {}

    /** Names of ours that are keywords of Python, which cannot be those of arguments. */
    private static final Set<String> KEYWORDS =
            Set.of("from", "in", "is", "as", "with", "class", "del");

    /**
     * From camel case to snake case.
     *
     * @param camelCase such as {@code pfnFrom}
     * @return such as {@code pfn_from}; a keyword of Python gets an underscore: {@code from_}
     */
    public static String snake(String camelCase) {
        var snake = new StringBuilder(camelCase.length() + 4);
        for (int i = 0; i < camelCase.length(); i++) {
            char c = camelCase.charAt(i);
            if (Character.isUpperCase(c)) snake.append('_').append(Character.toLowerCase(c));
            else snake.append(c);
        }
        return KEYWORDS.contains(camelCase) ? snake.append('_').toString() : snake.toString();
    }
}
