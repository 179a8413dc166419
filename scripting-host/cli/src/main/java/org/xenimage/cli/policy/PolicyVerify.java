package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.seal.TrustedKey;
import org.xenimage.script.set.SetBundle;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage policy verify}. */
@Command(
        name = "verify",
        header = "verify a signed policy bundle",
        description = {
            "Verifies that a bundle is unchanged and signed by one of the keys, and lists its files with their "
                    + "SHA-256. No policy is run.",
            "Without --key, shows the keys that signed it, but does not prove that they can be trusted."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage policy verify policies.xpb --key sign.key.pub"})
final class PolicyVerify extends Subcommand {
    @Parameters(paramLabel = "BUNDLE", description = "a file that 'policy bundle' made")
    private Path file = Path.of("");

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "a public key; repeat it for several, one of which must have signed")
    private List<Path> keys = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        List<TrustedKey> trusted = new ArrayList<>();
        for (Path key : keys) {
            files().reading(key);
            trusted.add(TrustedKey.read(key));
        }
        files().reading(file);
        SetBundle bundle = SetBundle.read(file);
        if (!trusted.isEmpty()) bundle.requireSigner(trusted);
        if (json()) {
            ObjectNode report = JsonNodeFactory.instance.objectNode();
            report.put("bundle", file.toString()).put("digest", bundle.digest());
            for (TrustedKey key : bundle.signers())
                report.withArray("signers")
                        .addObject()
                        .put("key", key.toString())
                        .put("trusted", trusted.contains(key));
            ObjectNode digests = report.putObject("files");
            bundle.files().forEach(digests::put);
            print(report);
        } else {
            out().println("%s: sha-256 %s".formatted(file, bundle.digest()));
            for (TrustedKey key : bundle.signers())
                out().println(
                                "  signed by %s%s"
                                        .formatted(key, trusted.contains(key) ? ", trusted" : ""));
            bundle.files()
                    .forEach((path, digest) -> out().println("  %s  %s".formatted(digest, path)));
        }
        out().flush();
        return 0;
    }
}
