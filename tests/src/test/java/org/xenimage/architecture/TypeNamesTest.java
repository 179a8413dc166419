package org.xenimage.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names of types, in main code and test code of all modules: a reader who sees a simple name knows which type it
 * is.
 *
 * <p>A nested type is read together with the type that holds it, as in {@code Literal.Bytes} and
 * {@code FieldValue.Bytes}, so its name may occur again in another holder; but it must not hide a type at the top
 * level. A private nested type is seen in one file only, and may have any name.
 */
class TypeNamesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final String DECLARATION =
            "(?:(?:public|protected|static|final|abstract|sealed|non-sealed) )*"
                    + "(?:class|record|interface|enum|@interface) ([A-Z]\\w*)";

    /** A declaration at the top level begins in the first column. */
    private static final Pattern TOP = Pattern.compile("^" + DECLARATION, Pattern.MULTILINE);

    private static final Pattern NESTED = Pattern.compile("^[ ]+" + DECLARATION, Pattern.MULTILINE);

    /** May hold source of its own. */
    private static final Pattern TEXT_BLOCK = Pattern.compile("(?s)\"{3}.*?\"{3}");

    @Test
    void noTwoTypesHaveTheSameSimpleName() throws IOException {
        Map<String, List<String>> twice = types(TOP);
        twice.values().removeIf(files -> files.size() == 1);
        assertEquals(Map.of(), twice, "simple names of more than one type, and their files");
    }

    @Test
    void noNestedTypeHidesOneAtTheTopLevel() throws IOException {
        Map<String, List<String>> nested = types(NESTED);
        nested.keySet().retainAll(types(TOP).keySet());
        assertEquals(Map.of(), nested, "nested types with the name of a type at the top level");
    }

    @Test
    void noNameIsThePluralOfAnother() throws IOException {
        Map<String, List<String>> types = types(TOP);
        List<String> pairs =
                types.keySet().stream()
                        .filter(name ->
                                types.containsKey(name + "s") || types.containsKey(name + "es"))
                        .toList();
        assertEquals(List.of(), pairs, "types whose name with s or es is a type as well");
    }

    private static Map<String, List<String>> types(Pattern declaration) throws IOException {
        Map<String, List<String>> found = new TreeMap<>();
        for (Path file : sources()) {
            String source = TEXT_BLOCK.matcher(Files.readString(file)).replaceAll("");
            Matcher types = declaration.matcher(source);
            while (types.find())
                found.computeIfAbsent(types.group(1), _ -> new ArrayList<>())
                        .add(ROOT.relativize(file).toString());
        }
        assertTrue(found.size() > 150, () -> "only " + found.size() + " types were found");
        return found;
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !ROOT.relativize(file).toString().contains("target/"))
                    .sorted()
                    .toList();
        }
    }
}
