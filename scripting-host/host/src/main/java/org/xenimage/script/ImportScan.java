package org.xenimage.script;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.script.engine.LibraryFiles;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the modules of a policy: what it imports, what that imports, and so on.
 *
 * <p>They are read when the policy is loaded, and nothing else can be imported when it runs. So they are all known
 * before any code runs: their digests are part of the policy's, and no file can change in between. Imports are found
 * by their text, at the beginning of a line; a line that only looks like one, in a comment or a string, makes a module
 * that is never run. A file that is missing is left for the language to report, which knows whether it is needed.
 *
 * <p>A module is a file of the policy's language in the policy's folder or below: no path leads up, no link leads out.
 */
final class ImportScan {
    private static final int MODULES_MAX = 256;
    private static final int MODULE_LENGTH_MAX = 1 << 20;
    private static final long LENGTH_MAX = 8L << 20;

    private static final Pattern JAVASCRIPT =
            Pattern.compile(
                    "^[ \\t]*(?:import\\b(?:[\\w*{}\\s,$]{1,1000}?\\bfrom\\b)?"
                            + "|export\\b[\\s*{][\\w*{}\\s,$]{0,1000}?\\bfrom\\b)\\s*"
                            + "(?:'([^'\\n]*)'|\"([^\"\\n]*)\")"
                            + "|\\bimport[ \\t]*\\([ \\t]*(?:'([^'\\n]*)'|\"([^\"\\n]*)\")",
                    Pattern.MULTILINE);

    private static final Pattern PYTHON =
            Pattern.compile(
                    "^[ \\t]*(?:from[ \\t]+([.\\w]+)[ \\t]+import[ \\t]+(\\([^)]{0,4000}\\)|[^\\n#;]*)"
                            + "|import[ \\t]+([\\w., \\t]+))",
                    Pattern.MULTILINE);

    private static final Pattern NAME = Pattern.compile("[\\w.]+");

    private final Language language;
    private final SourceFolder folder;
    private final ClassLoader library;
    private final Map<String, PolicyModule> found = new TreeMap<>();
    private final Deque<PolicyModule> waiting = new ArrayDeque<>();
    private long length;

    private ImportScan(Policy policy, SourceFolder folder, ClassLoader library) {
        this.language = policy.language();
        this.folder = folder;
        this.library = library;
    }

    /**
     * A policy with what it imports.
     *
     * @param policy without modules
     * @param folder where its modules are
     * @param library where the library's are
     * @return the policy; with modules, its digest is that of all of them
     * @throws IOException a {@link PolicyFailed} if a module is outside, too large, or cannot be read
     */
    static Policy complete(Policy policy, SourceFolder folder, ClassLoader library)
            throws IOException {
        ImportScan scan = new ImportScan(policy, folder, library);
        scan.scan("", policy.file(), policy.source());
        while (!scan.waiting.isEmpty()) {
            PolicyModule next = scan.waiting.remove();
            scan.scan(next.path(), next.displayName(), next.source());
        }
        if (scan.found.isEmpty()) return policy;
        List<PolicyModule> modules = List.copyOf(scan.found.values());
        return policy.withModules(modules, digest(policy.digest(), modules));
    }

    /** Of all files, each with its path, in the order of the paths; no text of a policy has this digest alone. */
    private static String digest(String own, List<PolicyModule> modules) {
        var text = new StringBuilder("xenimage policy with modules, 1\0").append(own);
        for (PolicyModule module : modules)
            text.append('\0').append(module.path()).append('\0').append(module.digest());
        return Sha256.text(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void scan(String from, String displayName, String source) throws IOException {
        Matcher imports =
                switch (language) {
                    case JAVASCRIPT -> JAVASCRIPT.matcher(source);
                    case PYTHON -> PYTHON.matcher(source);
                };
        while (imports.find()) {
            String place = displayName + ":" + line(source, imports.start());
            switch (language) {
                case JAVASCRIPT -> javaScript(from, place, imports);
                case PYTHON -> python(from, place, imports);
            }
        }
    }

    private static int line(String source, int at) {
        return 1 + (int) source.substring(0, at).chars().filter(c -> c == '\n').count();
    }

    private void javaScript(String from, String place, Matcher found) throws IOException {
        boolean statement = found.group(1) != null || found.group(2) != null;
        String name = "";
        for (int group = 1; group <= 4; group++)
            if (found.group(group) != null) name = found.group(group);
        if (name.startsWith(PolicyModule.LIBRARY)) {
            library(name.substring(PolicyModule.LIBRARY.length()));
            return;
        }
        boolean relative = name.startsWith("./") || name.startsWith("../");
        if (!relative && !name.startsWith("/")) return; // the language says that there is none
        Optional<String> path = relative ? below(from, name) : Optional.empty();
        if (path.isPresent()) add(path.get(), place);
        else if (statement) throw outside(place, name);
    }

    /** The path of a relative name, if it stays in the folder. */
    private static Optional<String> below(String from, String name) {
        List<String> steps = new ArrayList<>(List.of(from.split("/")));
        steps.removeLast();
        for (String step : name.split("/", -1)) {
            if (step.isEmpty()) return Optional.empty();
            if (step.equals(".")) continue;
            if (!step.equals("..")) steps.add(step);
            else if (steps.isEmpty()) return Optional.empty();
            else steps.removeLast();
        }
        return steps.isEmpty() ? Optional.empty() : Optional.of(String.join("/", steps));
    }

    private void python(String from, String place, Matcher found) throws IOException {
        if (found.group(3) != null) {
            for (String part : found.group(3).split(",", -1)) {
                Matcher name = NAME.matcher(part);
                if (name.find()) pythonModule(from, name.group(), place);
            }
            return;
        }
        String base = found.group(1);
        pythonModule(from, base, place);
        Matcher names = NAME.matcher(found.group(2).replaceAll("\\bas\\s+\\w+", ""));
        while (names.find())
            pythonModule(
                    from,
                    base.endsWith(".") ? base + names.group() : base + "." + names.group(),
                    place);
    }

    private void pythonModule(String from, String dotted, String place) throws IOException {
        int dots = 0;
        while (dots < dotted.length() && dotted.charAt(dots) == '.') dots++;
        List<String> steps = new ArrayList<>();
        if (dots > 0) {
            steps.addAll(List.of(from.split("/")));
            for (int up = 0; up < dots && !steps.isEmpty(); up++) steps.removeLast();
        }
        for (String step : dotted.substring(dots).split("\\.", -1))
            if (!step.isEmpty()) steps.add(step);
        if (steps.isEmpty()) return;
        if (dots == 0 && steps.getFirst().equals("xenimage")) {
            if (steps.size() == 2) library(steps.get(1));
            return;
        }
        // Each package on the way is run before what is in it.
        for (int end = 1; end <= steps.size(); end++) {
            String path = String.join("/", steps.subList(0, end));
            add(path + "/__init__.py", place);
            if (end == steps.size()) add(path + ".py", place);
        }
    }

    private void library(String name) throws IOException {
        String stem =
                name.endsWith(language.suffix()) ? name.substring(0, name.length() - 3) : name;
        String path = PolicyModule.LIBRARY + stem + language.suffix();
        if (found.containsKey(path)) return;
        Optional<byte[]> bytes = LibraryFiles.find(library, language, stem);
        if (bytes.isPresent())
            keep(path, SourceFolder.Source.of(path, Optional.empty(), bytes.get()));
    }

    private void add(String path, String place) throws IOException {
        if (found.containsKey(path)) return;
        if (Language.ofFile(path).filter(language::equals).isEmpty()) return;
        Optional<SourceFolder.Source> file;
        try {
            file = folder.find(path, MODULE_LENGTH_MAX);
        } catch (SourceFolder.Refused e) {
            throw rejected(place, path, e.problem());
        } catch (AccessDeniedException e) {
            throw rejected(place, path, "cannot be read: permission denied");
        }
        if (file.isEmpty()) return;
        if (path.startsWith(PolicyModule.LIBRARY))
            throw rejected(
                    place, path, "the folder xenimage is that of the library; choose another name");
        keep(path, file.get());
        if (found.size() > MODULES_MAX)
            throw rejected(place, path, "is one of more than %d modules".formatted(MODULES_MAX));
        if (length > LENGTH_MAX)
            throw rejected(
                    place, path, "makes the modules longer than %d bytes".formatted(LENGTH_MAX));
    }

    private void keep(String path, SourceFolder.Source source) {
        length += source.length();
        PolicyModule module = new PolicyModule(path, source.file(), source.text(), source.digest());
        found.put(path, module);
        waiting.add(module);
    }

    private PolicyFailed outside(String place, String name) {
        return rejected(place, name, "is not in the policy's folder");
    }

    private PolicyFailed rejected(String place, String name, String problem) {
        return new PolicyFailed(
                Fault.in(place)
                        .element("import of " + name)
                        .problem(problem)
                        .remedy(
                                "a policy imports files beside it or below, as './lib/…', and xenimage/…"));
    }
}
