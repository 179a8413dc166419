package org.example.toolstack;

import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.script.jsr223.ScriptImage;
import org.xenimage.tools.index.ImageIndex;

import javax.script.Invocable;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineManager;

/** Scripts that look at an image, by the standard interface of Java. */
public final class WithScripts {
    public static void main(String[] args) throws Exception {
        ScriptEngineManager engines = new ScriptEngineManager();
        try (ImageIndex image =
                ImageIndex.open(Images.load(), ChannelSource.open(SampleSave.image()))) {
            ScriptEngine js = engines.getEngineByName("xenimage-js");
            js.put("image", ScriptImage.of(image));
            System.out.println(js.eval("image.name + ' has ' + image.pages.count + ' pages'"));

            ScriptEngine python = engines.getEngineByName("xenimage-python");
            python.eval("def fits(megabytes, host):\n    return megabytes <= host['free']");
            python.put("host", java.util.Map.of("free", 4096));
            System.out.println(
                    ((Invocable) python).invokeFunction("fits", 16, python.eval("host")));
        }
    }
}
