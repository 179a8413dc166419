package org.xenimage.script.test;

import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The cases of a file.
 *
 * @param policies that the file names; none if its own name says which
 * @param cases in order
 */
record CaseFile(List<Located> policies, List<Case> cases) {
    private static final int LENGTH_MAX = 1 << 20;
    private static final List<String> FILE = with("policy", "cases");
    private static final List<String> CASE = with("name", "expect");

    /**
     * A case.
     *
     * @param name unique in the file
     * @param from where it stands
     * @param request what to run
     * @param expect what must come of it
     */
    record Case(String name, Located from, TrialRequest request, Located expect) {}

    private static List<String> with(String... keys) {
        List<String> all = new ArrayList<>(List.of(keys));
        all.addAll(TrialRequest.KEYS);
        return List.copyOf(all);
    }

    static CaseFile read(TestFile file) throws IOException {
        byte[] text;
        try (InputStream in = Files.newInputStream(file.path())) {
            text = in.readNBytes(LENGTH_MAX + 1);
        }
        String name = file.path().toString();
        if (text.length > LENGTH_MAX)
            throw new SpecRejected(name, "expected at most " + LENGTH_MAX + " bytes");
        Located root = Located.yaml(name, text).keys(FILE);
        TrialRequest usual = TrialRequest.usual().with(root, file.folder());
        Located cases =
                root.find("cases").orElseThrow(() -> root.rejected("expected cases, found none"));
        List<Case> read = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Located one : cases.items()) {
            one.keys(CASE);
            String title = one.find("name").orElseThrow(() -> one.rejected("needs a name")).text();
            if (!names.add(title)) throw one.rejected("there is another case " + title);
            Located expect = one.find("expect").orElseThrow(() -> one.rejected("needs expect"));
            var _ = Expectation.of(expect);
            read.add(new Case(title, one, usual.with(one, file.folder()), expect));
        }
        if (read.isEmpty()) throw cases.rejected("expected at least one case");
        return new CaseFile(root.find("policy").map(Located::list).orElse(List.of()), read);
    }
}
