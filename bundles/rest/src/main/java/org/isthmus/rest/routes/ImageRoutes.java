// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.ChangeImage;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.image.Images.Upload;
import org.isthmus.api.operation.OperationView;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Route.Answer;
import org.isthmus.rest.http.Route.Trait;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Images; their content is moved by {@link ImageContent}. */
public final class ImageRoutes {
    private static final String IMAGES = ONE + "/images";
    private static final String IMAGE = IMAGES + "/{image}";

    private ImageRoutes() {}

    record NewImage(
            Name name,
            @Field(value = "the operating system on it", most = 100, example = "\"Debian 12\"") Optional<String> os,
            @Field("where its content comes from; an upload unless said otherwise") Optional<Source> source,
            @Field("what an upload or what is fetched must have; a damaged one is then found") Optional<Sha256> sha256,
            @Field("what starts servers made of an upload or of what is fetched; a BIOS unless said otherwise")
                    Optional<Firmware> firmware,
            @Field(value = "for finding", most = 50) Optional<Map<String, String>> tags,
            @Field("the department it belongs to, for good; the caller's own unless said otherwise")
                    Optional<Ref> department) {
        CreateImage command(Ref organization) {
            return new CreateImage(
                    organization,
                    name,
                    os,
                    source.map(Source::of).orElse(new Upload()),
                    sha256,
                    firmware,
                    tags.orElse(Map.of()),
                    department);
        }
    }

    record Source(
            @Field("true: it is sent with PUT …/content") Optional<Boolean> upload,
            @Field(
                            value =
                                    "it is fetched from this address: https, and on the public Internet unless the operator"
                                            + " allows more; what is in its query is kept secret, and gone when it was fetched",
                            most = 2000,
                            example = "\"https://images.example.org/debian-12.qcow2\"")
                    Optional<Secret> url,
            @Field("it is read out of this server, which is stopped or says running") Optional<Ref> server,
            @Field("what is made of a server that runs: nothing, unless said otherwise; or its disks as they are at one"
                            + " moment")
                    Optional<Running> running) {
        Source {
            int said = (upload.orElse(false) ? 1 : 0) + (url.isPresent() ? 1 : 0) + (server.isPresent() ? 1 : 0);
            if (said != 1) {
                throw new IllegalArgumentException("Say one source: upload as true, a url, or a server.");
            }
            if (running.isPresent() && server.isEmpty()) {
                throw new IllegalArgumentException("running is said of a server.");
            }
        }

        Images.Source of() {
            return server.<Images.Source>map(ref -> new OfServer(ref, running.orElse(Running.REFUSE)))
                    .or(() -> url.map(OfUrl::new))
                    .orElseGet(Upload::new);
        }
    }

    record Capture(
            Name name,
            @Field(value = "the operating system on it", most = 100, example = "\"Debian 12\"") Optional<String> os,
            @Field("what is made of a server that runs: nothing, unless said otherwise; or its disks as they are at one"
                            + " moment")
                    Optional<Running> running,
            @Field(value = "for finding", most = 50) Optional<Map<String, String>> tags,
            @Field("the department it belongs to, for good; the caller's own unless said otherwise")
                    Optional<Ref> department) {
        CreateImage command(Ref organization, Ref server) {
            return new CreateImage(
                    organization,
                    name,
                    os,
                    new OfServer(server, running.orElse(Running.REFUSE)),
                    Optional.empty(),
                    Optional.empty(),
                    tags.orElse(Map.of()),
                    department);
        }
    }

    record Transfer(@Field("its endpoints get what they need to make servers of the image") Ref location) {}

    record Export(@Field("what its content can then be read as, with ?format=") ExportFormat format) {}

    record ImageChange(
            Optional<Name> name,
            @Field(value = "the operating system on it", most = 100) Optional<String> os,
            @Field(value = "those given; null removes one", most = 100) Optional<Map<String, Optional<String>>> tags) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Images");
        Guard read = Guard.may(Action.IMAGE_READ);
        on.list(
                IMAGES,
                "listImages",
                read,
                "The images of an organization.",
                ImageView.class,
                Filters.by()
                        .text("name")
                        .of("state", ImageState.class)
                        .of("sha256", Sha256.class)
                        .andTags(),
                call -> services.call(Images.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        IMAGES,
                        "createImage",
                        Action.IMAGE_CREATE,
                        "Makes an image whose content is then uploaded, or fetched; of a server as captureServer, and for whoever may"
                                + " that.")
                .takesTime()
                .body(NewImage.class)
                .command(CreateImage.class, (call, body) -> body.command(call.organization()))
                .created(ImageView.class);
        on.change(
                        Verb.POST,
                        ServerRoutes.SERVER + "/images",
                        "captureServer",
                        Action.IMAGE_CAPTURE,
                        "Makes an image of a server: its disks are read out.")
                .takesTime()
                .body(Capture.class)
                .command(
                        CreateImage.class, (call, body) -> body.command(call.organization(), ServerRoutes.server(call)))
                .created(ImageView.class);
        on.get(IMAGE, "getImage", read, "An image.", ImageView.class, List.of(), call -> get(services, call));
        on.change(Verb.PATCH, IMAGE, "changeImage", Action.IMAGE_CHANGE, "Changes name, operating system and tags.")
                .body(ImageChange.class)
                .command(
                        ChangeImage.class,
                        (call, body) -> new ChangeImage(
                                call.organization(),
                                call.ref("image"),
                                call.version(),
                                body.name(),
                                body.os(),
                                body.tags()
                                        .map(patch ->
                                                Maps.merged(get(services, call).tags(), patch))))
                .shown(ImageView.class);
        on.change(
                        Verb.DELETE,
                        IMAGE,
                        "deleteImage",
                        Action.IMAGE_DELETE,
                        "Deletes an image with its copies; its servers go on.")
                .takesTime()
                .command(DeleteImage.class, call -> new DeleteImage(call.organization(), call.ref("image")))
                .gone();
        on.change(
                        Verb.POST,
                        IMAGE + "/transfers",
                        "transferImage",
                        Action.IMAGE_TRANSFER,
                        "Brings an image to a location: endpoints that keep images get a copy.")
                .takesTime()
                .body(Transfer.class)
                .command(
                        TransferImage.class,
                        (call, body) -> new TransferImage(call.organization(), call.ref("image"), body.location()))
                .shown(ImageView.class);
        on.change(
                        Verb.POST,
                        IMAGE + "/exports",
                        "exportImage",
                        Action.IMAGE_TRANSFER,
                        "Makes an image ready to be taken away as one file; then GET …/content?format=OVA gives it.")
                .takesTime()
                .body(Export.class)
                .command(
                        ExportImage.class,
                        (call, body) -> new ExportImage(call.organization(), call.ref("image"), body.format()))
                .shown(ImageView.class);
        ImageContent content = new ImageContent(services, table);
        on.raw(
                        Verb.PUT,
                        IMAGE + "/content",
                        "uploadImage",
                        Guard.may(Action.IMAGE_CREATE),
                        "Takes a part of the content: Content-Range says which, Upload-Offset where to go on.")
                .trait(Trait.BYTES)
                .trait(Trait.WAIT)
                .answers(204, "taken; go on at Upload-Offset")
                .answers(202, "that was the last part; the operation checks it", OperationView.class, Answer.JSON)
                .answers(200, "the operation, ended within Prefer: wait", OperationView.class, Answer.JSON)
                .handledBy(content::upload);
        on.raw(
                        Verb.GET,
                        IMAGE + "/content",
                        "downloadImage",
                        read,
                        "The content of a READY image's disk, or of all of it in one, or the part of it that Range asks for. That of"
                                + " one made of a machine needs image.capture.")
                .with(Parameter.optional(
                        "disk", Integer.class, "which disk, counted from 0; the boot disk unless said"))
                .with(Parameter.optional(
                        "format",
                        ExportFormat.class,
                        "all of the image in one file of this kind; exportImage has made it ready before"))
                .answers(200, "all of it", byte[].class, ImageContent.BYTES)
                .answers(206, "the range", byte[].class, ImageContent.BYTES)
                .handledBy(content::download);
    }

    private static ImageView get(Services services, Call call) {
        return services.call(Images.class, all -> all.get(call.caller(), call.organization(), call.ref("image")));
    }
}
