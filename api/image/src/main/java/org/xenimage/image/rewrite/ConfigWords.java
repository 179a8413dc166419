package org.xenimage.image.rewrite;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.config.ConfigMapping;
import org.xenimage.image.config.DomainMapping;
import org.xenimage.image.config.SuspendMapping;
import org.xenimage.image.element.Config;

import java.io.IOException;
import java.util.List;

/** The config of an image in the words of another toolstack. Those of libvirt and xenopsd have libxl's between them. */
final class ConfigWords {
    private ConfigWords() {}

    /**
     * Maps a config.
     *
     * @param config of the image
     * @param wanted the language of the other toolstack
     * @return the tree, and what of the config has no place in it
     * @throws IOException if the config is not what its form says, or too large
     */
    static ConfigMapping of(Config config, Config.Form wanted) throws IOException {
        ConfigMapping libxl =
                switch (config.form()) {
                    case JSON -> new ConfigMapping((ObjectNode) config.json(), List.of());
                    case XML -> DomainMapping.toLibxl(config.json());
                    case SEXP -> SuspendMapping.toLibxl(config.json());
                };
        return switch (wanted) {
            case JSON -> libxl;
            case XML -> libxl.then(DomainMapping.toLibvirt(libxl.config()));
            case SEXP -> libxl.then(SuspendMapping.toXenopsd(libxl.config()));
        };
    }
}
