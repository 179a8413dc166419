package org.xenimage.script.set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Bundles: what one holds, and that nothing but what was signed is ever read from one. */
class SetBundleTest {
    @TempDir private Path folder;
    private Path set;
    private SigningKey key;

    @BeforeEach
    void set() throws IOException {
        set = Files.createDirectories(folder.resolve("set"));
        key = SigningKey.make(folder.resolve("sign.key"));
        write("policies.yaml", "{set: 1, policies: [rename.js, sub/other.py]}");
        write(
                "rename.js",
                """
                import { to } from './lib/names.js';
                export const policy = { api: 1 };
                export function onConfig(config) { config.c_info.name = to; }
                """);
        write("lib/names.js", "export const to = 'web2';");
        write(
                "sub/other.py",
                "from helper import x\nPOLICY = {'api': 1}\ndef on_begin(ctx): pass\n");
        write("sub/helper.py", "x = 1\n");
        write(".git/config", "hidden");
    }

    private void write(String name, String text) throws IOException {
        Path file = set.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private byte[] bundle() throws IOException {
        return SetBundle.of(set, List.of(key)).bytes();
    }

    private static String refusal(byte[] bytes) {
        return assertThrows(PolicyFailed.class, () -> SetBundle.read("x.xpb", bytes))
                .fault()
                .message();
    }

    @Test
    void aSetIsTheSameFromItsBundle() throws IOException {
        Path file = Files.write(folder.resolve("set.xpb"), bundle());
        PolicySet.Options options = PolicySet.Options.here().requiring(List.of(key.trusted()));
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            LoadedSet bundled = PolicySet.load(host, file, options);
            LoadedSet plain = PolicySet.load(host, set, PolicySet.Options.here());
            assertEquals(plain.digest(), bundled.digest());
            assertEquals(List.of(key.trusted()), bundled.signers());
            assertEquals(
                    plain.policies().stream().map(Policy::digest).toList(),
                    bundled.policies().stream().map(Policy::digest).toList());
            assertEquals(1, bundled.policies().getFirst().modules().size());
            assertEquals(1, bundled.policies().getLast().modules().size());
            for (Policy policy : bundled.policies()) host.check(policy);
        }
    }

    @Test
    void theBytesAreDeterminedByFilesAndKeys() throws IOException {
        byte[] first = bundle();
        Files.setLastModifiedTime(set.resolve("rename.js"), FileTime.fromMillis(0));
        assertArrayEquals(first, bundle());
        assertArrayEquals(first, SetBundle.read("x.xpb", first).bytes());
    }

    @Test
    void otherProgramsListIt() throws IOException {
        List<String> names = new ArrayList<>();
        try (InputStream in = new ByteArrayInputStream(bundle());
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry())
                names.add(entry.getName());
        }
        assertEquals(
                List.of(
                        "MANIFEST",
                        "SIGNATURES",
                        "set/lib/names.js",
                        "set/policies.yaml",
                        "set/rename.js",
                        "set/sub/helper.py",
                        "set/sub/other.py"),
                names);
    }

    @Test
    void noByteCanBeChangedAddedOrLost() throws IOException {
        byte[] good = bundle();
        for (int at = 0; at < good.length; at++) {
            byte[] changed = good.clone();
            changed[at] ^= 1;
            refusal(changed);
            refusal(Arrays.copyOf(good, at));
        }
        refusal(Arrays.copyOf(good, good.length + 1));
        byte[] shifted = new byte[good.length + 1];
        System.arraycopy(good, 0, shifted, 1, good.length);
        refusal(shifted);
    }

    /** A bundle that its signer made by other means, with any entries. */
    private byte[] forged(Map<String, String> files, String... more) {
        var manifest = new StringBuilder("xenimage policy bundle, 1\n");
        List<StoredEntries.Entry> entries = new ArrayList<>();
        new TreeMap<>(files)
                .forEach((path, text) -> {
                    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                    manifest.append(Sha256.text(bytes)).append("  ").append(path).append('\n');
                    entries.add(new StoredEntries.Entry("set/" + path, bytes));
                });
        byte[] signed = manifest.toString().getBytes(StandardCharsets.UTF_8);
        String signature =
                key.trusted() + " " + Base64.getEncoder().encodeToString(key.sign(signed)) + "\n";
        List<StoredEntries.Entry> all = new ArrayList<>();
        all.add(new StoredEntries.Entry("MANIFEST", signed));
        all.add(
                new StoredEntries.Entry(
                        "SIGNATURES", signature.getBytes(StandardCharsets.US_ASCII)));
        all.addAll(entries);
        for (String name : more) all.add(new StoredEntries.Entry(name, new byte[] {1}));
        return StoredEntries.bytes(all);
    }

    @Test
    void aForgeryOfTheTestIsABundleWhereItIsInOrder() throws IOException {
        assertEquals(
                List.of("a.js"),
                List.copyOf(SetBundle.read("x.xpb", forged(Map.of("a.js", "x"))).files().keySet()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../a.js",
                "/a.js",
                "a/../../b.js",
                "a//b.js",
                "./a.js",
                ".hidden",
                "a/.hidden",
                "a\\b.js",
                "a\nb.js",
                "a b.js",
                "C:a.js",
                ""
            })
    void aSignedPathThatLeadsElsewhereIsRefused(String path) {
        assertTrue(
                refusal(forged(Map.of(path, "x")))
                        .contains("an entry that is not a file of the set"));
    }

    @Test
    void whatTheManifestDoesNotNameIsRefused() {
        assertTrue(refusal(forged(Map.of("a.js", "x"), "set/a.js")).contains("two entries"));
        assertTrue(
                refusal(forged(Map.of("a.js", "x"), "set/b.js"))
                        .contains("its files do not match its manifest"));
        assertTrue(
                refusal(forged(Map.of("a.js", "x"), "other"))
                        .contains("an entry that is not a file of the set"));
    }

    @Test
    void lengthsAreBoundedBeforeAnythingIsHeld() throws IOException {
        byte[] good = bundle();
        for (int at : new int[] {22, 26}) {
            byte[] longer = good.clone();
            Arrays.fill(longer, at, at + 2, (byte) 0xff);
            if (at == 22) longer[at + 3] = (byte) 0x7f;
            assertTrue(refusal(longer).contains("longer than the file or its name too long"));
        }
        List<StoredEntries.Entry> many = new ArrayList<>();
        for (int i = 0; i < SetBundle.FILES_MAX + 3; i++)
            many.add(new StoredEntries.Entry("set/" + i, new byte[0]));
        assertTrue(refusal(StoredEntries.bytes(many)).contains("more than 1002 entries"));
        Path large = Files.write(folder.resolve("large"), new byte[SetBundle.LENGTH_MAX + 1]);
        assertTrue(
                assertThrows(PolicyFailed.class, () -> SetBundle.read(large))
                        .fault()
                        .message()
                        .contains("is longer than"));
        write("large.json", "x".repeat(SetBundle.LENGTH_MAX));
        assertThrows(PolicyFailed.class, this::bundle);
    }

    @Test
    void aFolderWithLinksMakesNoBundle() throws IOException {
        Files.createSymbolicLink(set.resolve("link.js"), Path.of("/etc/passwd"));
        assertTrue(
                assertThrows(PolicyFailed.class, this::bundle)
                        .fault()
                        .message()
                        .contains("is not a regular file"));
    }

    @Test
    void onlyAKeyThatSignedIsTrusted() throws IOException {
        SigningKey other = SigningKey.make(folder.resolve("other.key"));
        SetBundle unsigned = SetBundle.read("x.xpb", SetBundle.of(set, List.of()).bytes());
        assertTrue(
                assertThrows(
                                PolicyFailed.class,
                                () -> unsigned.requireSigner(List.of(key.trusted())))
                        .fault()
                        .message()
                        .contains("is not signed"));
        SetBundle signed = SetBundle.read("x.xpb", SetBundle.of(set, List.of(key, other)).bytes());
        signed.requireSigner(List.of(other.trusted()));
        assertThrows(
                PolicyFailed.class,
                () ->
                        signed.requireSigner(
                                List.of(SigningKey.make(folder.resolve("third.key")).trusted())));
    }
}
