package org.xenimage.image.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The display of a guest, from libvirt to libxl and back: its VNC server, its graphics card, and the devices that every
 * guest of libvirt has.
 *
 * <p>libxl keeps the server of an HVM guest in {@code b_info.type.hvm.vnc} and that of others in {@code vfbs}; a
 * display is a port less 5900.
 */
final class DisplayMapping {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int FIRST_PORT = 5900;

    /** libvirt's models of graphics cards, and libxl's kinds. */
    private static final Map<String, String> CARDS =
            Map.of("cirrus", "cirrus", "vga", "std", "qxl", "qxl", "none", "none");

    private DisplayMapping() {}

    static void toLibxl(
            ConfigMapping.Taken from, ObjectNode config, ObjectNode build, ObjectNode own) {
        boolean hvm = build.has("type.hvm");
        for (ConfigMapping.Taken graphics : from.all("devices", "graphics")) {
            if (!graphics.node().path("@type").asText().equals("vnc")) continue;
            if (hvm && own.has("vnc")) break;
            graphics.ifIs("vnc", "@type");
            ObjectNode place =
                    hvm
                            ? own
                            : config.withArray("vfbs")
                                    .addObject()
                                    .put("devid", config.withArray("vfbs").size() - 1);
            vnc(graphics, place);
        }
        if (!hvm) return;
        for (ConfigMapping.Taken video : from.all("devices", "video")) {
            String card = CARDS.get(video.node().path("model").path("@type").asText());
            if (card == null || own.has("vga")) continue;
            video.text("model", "@type");
            video.ifIs("1", "model", "@heads");
            video.ifIs("yes", "model", "@primary");
            own.putObject("vga").put("kind", card);
            video.text("model", "@vram")
                    .flatMap(DisplayMapping::number)
                    .ifPresent(kib -> build.put("video_memkb", kib));
        }
    }

    private static void vnc(ConfigMapping.Taken graphics, ObjectNode place) {
        ObjectNode vnc = place.putObject("vnc").put("enable", "True");
        for (ConfigMapping.Taken listen : graphics.all("listen")) {
            if (!listen.node().path("@type").asText().equals("address") || vnc.has("listen"))
                continue;
            listen.ifIs("address", "@type");
            listen.text("@address").ifPresent(address -> vnc.put("listen", address));
        }
        graphics.text("@listen").ifPresent(address -> vnc.put("listen", address));
        graphics.text("@passwd").ifPresent(password -> vnc.put("passwd", password));
        String automatic = graphics.text("@autoport").orElse("no");
        Optional<Long> port = graphics.text("@port").flatMap(DisplayMapping::number);
        port.filter(one -> one >= FIRST_PORT)
                .ifPresent(one -> vnc.put("display", one - FIRST_PORT));
        vnc.put("findunused", automatic.equals("yes") ? "True" : "False");
        graphics.text("@keymap").ifPresent(keymap -> place.put("keymap", keymap));
    }

    static void toLibvirt(ConfigMapping.Taken from, ObjectNode devices, boolean hvm) {
        if (!hvm) {
            for (ConfigMapping.Taken one : from.all("vfbs")) {
                one.flag("devid");
                if (one.node().path("vnc").path("enable").asText().equals("True"))
                    devices.withArray("graphics").add(graphics(one));
            }
            return;
        }
        List<String> own = List.of("b_info", "type.hvm");
        if (from.node().at("/b_info/type.hvm/vnc/enable").asText().equals("True"))
            devices.withArray("graphics").add(graphics(from.within(own)));
        String kind = from.node().at("/b_info/type.hvm/vga/kind").asText();
        for (Map.Entry<String, String> card : CARDS.entrySet()) {
            if (!card.getValue().equals(kind)) continue;
            from.text("b_info", "type.hvm", "vga", "kind");
            ObjectNode model =
                    devices.withArray("video")
                            .addObject()
                            .putObject("model")
                            .put("@type", card.getKey());
            from.text("b_info", "video_memkb")
                    .flatMap(DisplayMapping::number)
                    .ifPresent(kib -> model.put("@vram", Long.toString(kib)));
        }
    }

    private static ObjectNode graphics(ConfigMapping.Taken from) {
        ObjectNode graphics = NODES.objectNode().put("@type", "vnc");
        from.flag("vnc", "enable");
        Optional<Long> display = from.text("vnc", "display").flatMap(DisplayMapping::number);
        boolean automatic = from.text("vnc", "findunused").orElse("True").equals("True");
        display.ifPresent(number -> graphics.put("@port", Long.toString(FIRST_PORT + number)));
        if (display.isEmpty()) graphics.put("@port", "-1");
        graphics.put("@autoport", automatic || display.isEmpty() ? "yes" : "no");
        from.text("vnc", "listen").ifPresent(address -> graphics.put("@listen", address));
        from.text("vnc", "passwd").ifPresent(password -> graphics.put("@passwd", password));
        from.text("keymap").ifPresent(keymap -> graphics.put("@keymap", keymap));
        return graphics;
    }

    private static Optional<Long> number(String text) {
        return text.matches("[0-9]{1,9}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
    }
}
