package org.xenimage.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The text of every source file: how long a line may be, and which words are not used. */
class SourceTextTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final int COLUMNS = 120;

    /** Folders that a build or a tool makes, and texts that others wrote or a program makes. */
    private static final Set<String> SKIPPED =
            Set.of("target", ".git", ".idea", ".m2", "public-api", "LICENSE", "node_modules");

    /** The inputs that fuzzing found: whatever it made. */
    private static final String CORPUS = "FuzzTestInputs";

    /** An argument of a build plugin must be on one line. */
    private static final String BUILD = ".xml";

    private static final Pattern LINK = Pattern.compile("https?://|\\]\\([^)]+\\)|^import ");

    /** Words that are not used; each has a plainer one. */
    private static final Pattern BANNED =
            Pattern.compile(
                    "\\boctets?\\b|\\bthe like\\b|\\bopened as far as\\b|\\b(is|are) told as\\b"
                            + "|\\bfor want of\\b|\\bmetadata are\\b|\\bas (it stands|they stand)\\b",
                    Pattern.CASE_INSENSITIVE);

    /** Where an octet is the specification's word: formats, and programs that read them by the specification. */
    private static final Pattern SPECIFICATION =
            Pattern.compile("api/formats/docs/.*|tests/native-reader/.*");

    private static final Pattern TESTS = Pattern.compile("(tests|.*/src/test)/.*\\.java");

    private static final Pattern UNBOUNDED =
            Pattern.compile("\\bFiles\\.(readAllBytes|readString|readAllLines|lines)\\(");

    private static final Pattern CLOCK =
            Pattern.compile(
                    "\\bnanoTime\\(|\\bcurrentTimeMillis\\(|\\bInstant\\.now\\(|\\bassertTimeout");

    /** The test that kills a run at moments of its usual time, and this rule. */
    private static final Set<String> CLOCK_READERS =
            Set.of("BulkKillTest.java", "SourceTextTest.java");

    @Test
    void noLineIsLongerThanTheRuleAllows() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            boolean block = false;
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                boolean inBlock = block;
                if (isJava(file) && delimiters(line) % 2 == 1) block = !block;
                if (line.codePointCount(0, line.length()) > COLUMNS
                        && !mayBeLong(file, line, inBlock))
                    found.add(ROOT.relativize(file) + ":" + (i + 1));
            }
        }
        assertEquals(List.of(), found, "lines of more than " + COLUMNS + " columns");
    }

    @Test
    void noBannedWordIsUsed() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            String name = ROOT.relativize(file).toString();
            if (SPECIFICATION.matcher(name).matches() || name.endsWith("SourceTextTest.java"))
                continue;
            if (name.equals("CONTRIBUTING.md")) continue; // it states the rule
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (BANNED.matcher(lines.get(i)).find()) found.add(name + ":" + (i + 1));
            }
        }
        assertEquals(List.of(), found, "lines with a banned word");
    }

    /** A busy machine makes a test wait: what it computes and how often it looks are facts, the clock is not. */
    @Test
    void noTestReadsTheClock() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            String name = ROOT.relativize(file).toString();
            if (!TESTS.matcher(name).matches()
                    || CLOCK_READERS.contains(file.getFileName().toString())) continue;
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (CLOCK.matcher(lines.get(i)).find()) found.add(name + ":" + (i + 1));
            }
        }
        assertEquals(
                List.of(),
                found,
                "use ProcessorTime, a count of steps, or @Timeout against hanging");
    }

    /** The size of a device or a pipe says nothing: what is read whole is read up to a bound. */
    @Test
    void noFileIsReadWholeWithoutABound() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            String name = ROOT.relativize(file).toString();
            if (!name.contains("/src/main/java/") || name.startsWith("tests/")) continue;
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (UNBOUNDED.matcher(lines.get(i)).find()) found.add(name + ":" + (i + 1));
            }
        }
        assertEquals(List.of(), found, "use readNBytes of one byte more than the bound");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.java", "a.md", "a.py"})
    void theRuleSeesALongLineWhateverTheLanguage(String name) {
        String line = "x ".repeat(COLUMNS);
        assertFalse(mayBeLong(Path.of(name), line, false));
        assertEquals(name.endsWith(".java"), mayBeLong(Path.of(name), line, true));
        assertTrue(mayBeLong(Path.of(name), "see https://xenbits.xen.org/" + line, false));
    }

    private static boolean mayBeLong(Path file, String line, boolean inBlock) {
        boolean table = file.toString().endsWith(".md") && line.startsWith("|");
        return table
                || LINK.matcher(line).find()
                || file.toString().endsWith(BUILD)
                || (isJava(file) && inBlock);
    }

    private static boolean isJava(Path file) {
        return file.toString().endsWith(".java");
    }

    private static int delimiters(String line) {
        return line.split("\"\"\"", -1).length - 1;
    }

    /** The lines of a text; none of a file that is not UTF-8. */
    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (CharacterCodingException e) {
            return List.of();
        }
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(
                ROOT,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) {
                        String name = String.valueOf(folder.getFileName());
                        return SKIPPED.contains(name) || name.endsWith(CORPUS)
                                ? FileVisitResult.SKIP_SUBTREE
                                : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (!SKIPPED.contains(String.valueOf(file.getFileName()))) files.add(file);
                        return FileVisitResult.CONTINUE;
                    }
                });
        assertTrue(files.size() > 500, "only " + files.size() + " files were found");
        return files;
    }
}
