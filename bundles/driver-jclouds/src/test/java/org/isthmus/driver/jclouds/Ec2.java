// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * EC2's query API, version 2016-11-15, in one VPC with a private subnet and one whose instances get public addresses when
 * nobody says otherwise. Every request's signature (version 4), its date and scope are checked. Instances go through pending
 * and stopping, are shown for long after they are gone, and, when told so, a while after they were made only.
 */
final class Ec2 extends LoopbackCloud {
    static final String KEY_ID = "AKIDEXAMPLE";
    static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    static final String REGION = "eu-central-1";
    static final String ZONE = "eu-central-1a";
    /** One that none of the subnets is in. */
    static final String OTHER_ZONE = "eu-central-1b";

    static final String IMAGE = "ami-0abcdef1234567890";
    static final String PRIVATE_SUBNET = "subnet-0aaaaaaaaaaaaaaa1";
    static final String PUBLIC_SUBNET = "subnet-0aaaaaaaaaaaaaaa2";
    private static final Pattern AUTHORIZATION = Pattern.compile(
            "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})");
    private static final Set<String> TYPES = Set.of("t3.micro", "t3.medium", "m5.large", "m7i.large");

    private final Map<String, Instance> instances = new TreeMap<>();
    private int made;
    private Duration lag = Duration.ZERO;
    private String givesUp = "";
    private boolean hidesSubnets;
    private boolean ignoresWishForNoPublicAddress;

    Ec2() {
        open();
    }

    private static final class Instance {
        private final String id;
        private final Map<String, String> wish;
        private final Map<String, String> tags = new TreeMap<>();
        private final long shownFrom;
        private boolean exposed;
        private String state = "pending";
        private String next = "running";
        private long due = now() + STEP.toMillis();
        private int starts = 1;
        private String reason = "";

        private Instance(String id, Map<String, String> wish, long shownFrom) {
            this.id = id;
            this.wish = wish;
            this.shownFrom = shownFrom;
        }

        private void become(String state, String next) {
            this.state = state;
            this.next = next;
            this.due = now() + STEP.toMillis();
        }
    }

    /** New instances are not shown for this long, although they are there. */
    synchronized void lag(Duration time) {
        lag = time;
    }

    /** What is made from now on is terminated by itself, with this reason. */
    synchronized void giveUp(String reason) {
        givesUp = reason;
    }

    /** As for an account without the right to look at subnets. */
    synchronized void hideSubnets() {
        hidesSubnets = true;
    }

    /** As a cloud of an older make that does not know the parameter. */
    synchronized void ignoreWishForNoPublicAddress() {
        ignoresWishForNoPublicAddress = true;
    }

    /** How many instances were ever made. */
    synchronized int made() {
        return made;
    }

    synchronized int starts(String ref) {
        step();
        return instances.get(ref).starts;
    }

    /** Ids of instances with this tag that cost something. */
    synchronized List<String> with(String tag, String value) {
        step();
        return instances.values().stream()
                .filter(one -> !one.state.equals("terminated"))
                .filter(one -> value.equals(one.tags.get(tag)))
                .map(one -> one.id)
                .toList();
    }

    /** A parameter of the request that made an instance. */
    synchronized String wished(String ref, String parameter) {
        return instances.get(ref).wish.get(parameter);
    }

    synchronized void loseTags() {
        instances.values().forEach(one -> one.tags.clear());
    }

    synchronized String makeByHand() {
        Instance one = instance(Map.of("ImageId", IMAGE, "InstanceType", "t3.micro"));
        one.state = "stopped";
        one.next = null;
        return one.id;
    }

    private Instance instance(Map<String, String> wish) {
        made++;
        String id = String.format("i-%017x", 0x1234567890abL + made * 7919L);
        Instance one = new Instance(id, wish, now() + lag.toMillis());
        instances.put(id, one);
        return one;
    }

    private void step() {
        for (Instance one : instances.values()) {
            if (one.next != null && now() >= one.due) {
                one.state = one.next;
                one.next = null;
            }
        }
    }

    @Override
    synchronized Answer answer(Request request) {
        step();
        Map<String, String> form = form(request.body());
        Optional<Answer> refused = refused(request);
        if (refused.isPresent()) {
            return refused.orElseThrow();
        }
        if (!"2016-11-15".equals(form.get("Version"))) {
            return error(400, "NoSuchVersion", "The requested version is not supported.");
        }
        String action = form.getOrDefault("Action", "");
        return switch (action) {
            case "DescribeAvailabilityZones" -> done(
                    action,
                    "<availabilityZoneInfo><item><zoneName>" + ZONE + "</zoneName><zoneState>available</zoneState>"
                            + "<regionName>" + REGION + "</regionName><messageSet/></item><item><zoneName>"
                            + OTHER_ZONE + "</zoneName><zoneState>available</zoneState><regionName>" + REGION
                            + "</regionName><messageSet/></item></availabilityZoneInfo>");
            case "DescribeSubnets" -> hidesSubnets
                    ? error(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
                    : done(
                            action,
                            "<subnetSet><item><subnetId>" + form.get("Filter.1.Value.1")
                                    + "</subnetId><state>available</state>"
                                    + "<vpcId>vpc-0aaa</vpcId><cidrBlock>10.0.0.0/24</cidrBlock>"
                                    + "<availableIpAddressCount>251</availableIpAddressCount><availabilityZone>" + ZONE
                                    + "</availabilityZone></item></subnetSet>");
            case "DescribeRegions" -> done(
                    action,
                    "<regionInfo><item><regionName>" + REGION + "</regionName><regionEndpoint>ec2." + REGION
                            + ".amazonaws.com</regionEndpoint></item></regionInfo>");
            case "DescribeImages" -> images(action, form);
            case "DescribeInstances" -> describe(action, form);
            case "RunInstances" -> run(action, form);
            case "StartInstances", "StopInstances", "TerminateInstances", "RebootInstances" -> change(action, form);
            case "CreateTags" -> tag(action, form);
            default -> error(400, "InvalidAction", "The action " + action + " is not valid for this web service.");
        };
    }

    private static Map<String, String> form(String body) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String pair : body.split("&")) {
            String[] parts = pair.split("=", 2);
            all.put(
                    URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                    parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "");
        }
        return all;
    }

    /** As https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html says. */
    private static Optional<Answer> refused(Request request) {
        Matcher said = AUTHORIZATION.matcher(request.headers().getOrDefault("Authorization", ""));
        if (!said.matches()) {
            return Optional.of(error(401, "AuthFailure", "Authorization header is missing or has another form."));
        }
        if (!said.group(1).equals(KEY_ID)) {
            return Optional.of(
                    error(401, "AuthFailure", "AWS was not able to validate the provided access credentials"));
        }
        String date = request.headers().getOrDefault("X-Amz-Date", "");
        if (!said.group(3).equals(REGION) || !said.group(4).equals("ec2") || !date.startsWith(said.group(2))) {
            return Optional.of(error(
                    403, "SignatureDoesNotMatch", "Credential should be scoped to " + REGION + ", ec2 and the date."));
        }
        Instant signed = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .parse(date, Instant::from);
        if (Duration.between(signed, Instant.now()).abs().compareTo(Duration.ofMinutes(5)) > 0) {
            return Optional.of(error(400, "RequestExpired", "Request has expired."));
        }
        StringBuilder canonical = new StringBuilder(request.method()).append("\n/\n\n");
        for (String header : said.group(5).split(";")) {
            canonical
                    .append(header)
                    .append(':')
                    .append(request.headers().get(header))
                    .append('\n');
        }
        canonical.append('\n').append(said.group(5)).append('\n').append(hash(request.body()));
        String toSign = "AWS4-HMAC-SHA256\n" + date + "\n" + said.group(2) + "/" + REGION + "/ec2/aws4_request\n"
                + hash(canonical.toString());
        byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
        for (String part : List.of(said.group(2), REGION, "ec2", "aws4_request")) {
            key = hmac(key, part);
        }
        return HexFormat.of().formatHex(hmac(key, toSign)).equals(said.group(6))
                ? Optional.empty()
                : Optional.of(error(
                        403,
                        "SignatureDoesNotMatch",
                        "The request signature we calculated does not match the signature you provided."));
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Answer images(String action, Map<String, String> form) {
        String id = form.getOrDefault("ImageId.1", "");
        if (!id.equals(IMAGE)) {
            return error(400, "InvalidAMIID.NotFound", "The image id '[" + id + "]' does not exist");
        }
        return done(
                action,
                "<imagesSet><item><imageId>" + IMAGE + "</imageId><imageLocation>136693071363/debian-12</imageLocation>"
                        + "<imageState>available</imageState><imageOwnerId>136693071363</imageOwnerId><isPublic>true</isPublic>"
                        + "<architecture>x86_64</architecture><imageType>machine</imageType><name>debian-12-amd64</name>"
                        + "<rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>"
                        + "<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs>"
                        + "<snapshotId>snap-0aaa</snapshotId><volumeSize>8</volumeSize>"
                        + "<deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType></ebs></item>"
                        + "</blockDeviceMapping><virtualizationType>hvm</virtualizationType><hypervisor>xen</hypervisor>"
                        + "</item></imagesSet>");
    }

    private Answer describe(String action, Map<String, String> form) {
        StringBuilder found = new StringBuilder();
        String id = form.get("InstanceId.1");
        if (id != null && !(instances.containsKey(id) && isShown(instances.get(id)))) {
            return error(400, "InvalidInstanceID.NotFound", "The instance ID '" + id + "' does not exist");
        }
        String token = "client-token".equals(form.get("Filter.1.Name")) ? form.get("Filter.1.Value.1") : null;
        for (Instance one : instances.values()) {
            boolean wanted = (id == null || one.id.equals(id))
                    && (token == null || matches(token, one.wish.getOrDefault("ClientToken", "")));
            if (wanted && isShown(one)) {
                found.append("<item><reservationId>r-")
                        .append(one.id.substring(2))
                        .append("</reservationId>");
                found.append("<ownerId>123456789012</ownerId><groupSet/><instancesSet>");
                found.append(shown(one)).append("</instancesSet></item>");
            }
        }
        return done(action, "<reservationSet>" + found + "</reservationSet>");
    }

    private static boolean isShown(Instance one) {
        return now() >= one.shownFrom;
    }

    private static boolean matches(String pattern, String text) {
        return text.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
    }

    private static String shown(Instance one) {
        Map<String, Integer> codes = Map.of(
                "pending", 0, "running", 16, "shutting-down", 32, "terminated", 48, "stopping", 64, "stopped", 80);
        StringBuilder tags = new StringBuilder();
        one.tags.forEach((name, value) -> tags.append("<item><key>")
                .append(name)
                .append("</key><value>")
                .append(value)
                .append("</value></item>"));
        boolean on = one.state.equals("running");
        return "<item><instanceId>" + one.id + "</instanceId><imageId>" + IMAGE + "</imageId><instanceState><code>"
                + codes.get(one.state) + "</code><name>" + one.state + "</name></instanceState>"
                + "<privateDnsName>ip-10-0-0-7.internal</privateDnsName><dnsName/><reason>" + one.reason
                + "</reason><amiLaunchIndex>0</amiLaunchIndex>"
                + "<productCodes/><instanceType>" + one.wish.get("InstanceType") + "</instanceType>"
                + "<launchTime>2026-11-30T10:00:00.000Z</launchTime><placement><availabilityZone>" + ZONE
                + "</availabilityZone><groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring>"
                + "<subnetId>" + one.wish.get("NetworkInterface.1.SubnetId") + "</subnetId><vpcId>vpc-0aaa</vpcId>"
                + "<privateIpAddress>10.0.0.7</privateIpAddress>"
                + (one.exposed && on ? "<ipAddress>203.0.113.7</ipAddress>" : "")
                + "<sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0aaa</groupId><groupName>default</groupName></item></groupSet>"
                + "<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>"
                + "<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-0aaa</volumeId><status>attached</status>"
                + "<attachTime>2026-11-30T10:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>"
                + "<virtualizationType>hvm</virtualizationType><clientToken>" + one.wish.getOrDefault("ClientToken", "")
                + "</clientToken>"
                + "<tagSet>" + tags + "</tagSet><hypervisor>xen</hypervisor><networkInterfaceSet><item>"
                + "<networkInterfaceId>eni-0aaa</networkInterfaceId><status>in-use</status><privateIpAddress>10.0.0.7</privateIpAddress>"
                + "<groupSet><item><groupId>sg-0aaa</groupId><groupName>default</groupName></item></groupSet>"
                + "<attachment><attachmentId>eni-attach-0aaa</attachmentId><deviceIndex>0</deviceIndex><status>attached</status>"
                + "<attachTime>2026-11-30T10:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>"
                + "<privateIpAddressesSet><item><privateIpAddress>10.0.0.7</privateIpAddress><primary>true</primary></item></privateIpAddressesSet>"
                + "</item></networkInterfaceSet><ebsOptimized>false</ebsOptimized><cpuOptions><coreCount>1</coreCount>"
                + "<threadsPerCore>2</threadsPerCore></cpuOptions><hibernationOptions><configured>false</configured></hibernationOptions>"
                + "<metadataOptions><state>applied</state><httpTokens>required</httpTokens></metadataOptions></item>";
    }

    private Answer run(String action, Map<String, String> form) {
        Map<String, String> wish = new TreeMap<>(form);
        for (Instance one : instances.values()) {
            if (form.containsKey("ClientToken") && form.get("ClientToken").equals(one.wish.get("ClientToken"))) {
                return one.wish.equals(wish)
                        ? started(action, one)
                        : error(
                                400,
                                "IdempotentParameterMismatch",
                                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
            }
        }
        if (!IMAGE.equals(form.get("ImageId"))) {
            return error(400, "InvalidAMIID.NotFound", "The image id does not exist");
        }
        if (!TYPES.contains(form.get("InstanceType"))) {
            return error(400, "InvalidParameterValue", "Invalid value for InstanceType.");
        }
        if (!ZONE.equals(form.get("Placement.AvailabilityZone"))) {
            return error(400, "InvalidParameterValue", "Invalid availability zone");
        }
        String subnet = form.get("NetworkInterface.1.SubnetId");
        if (!Set.of(PRIVATE_SUBNET, PUBLIC_SUBNET).contains(String.valueOf(subnet))) {
            return error(400, "InvalidSubnetID.NotFound", "The subnet ID '" + subnet + "' does not exist");
        }
        if (Base64.getMimeDecoder().decode(form.getOrDefault("UserData", "")).length > 16_384) {
            return error(400, "InvalidParameterValue", "User data is limited to 16384 bytes");
        }
        Instance one = instance(wish);
        if (!givesUp.isEmpty()) {
            one.become("pending", "terminated");
            one.reason = givesUp;
        }
        one.exposed = subnet.equals(PUBLIC_SUBNET)
                && (ignoresWishForNoPublicAddress
                        || !"false".equals(form.get("NetworkInterface.1.AssociatePublicIpAddress")));
        for (int i = 1; form.containsKey("TagSpecification.1.Tag." + i + ".Key"); i++) {
            one.tags.put(
                    form.get("TagSpecification.1.Tag." + i + ".Key"),
                    form.get("TagSpecification.1.Tag." + i + ".Value"));
        }
        return started(action, one);
    }

    private static Answer started(String action, Instance one) {
        return done(
                action,
                "<reservationId>r-" + one.id.substring(2) + "</reservationId><ownerId>123456789012</ownerId><groupSet/>"
                        + "<instancesSet>" + shown(one) + "</instancesSet>");
    }

    private Answer change(String action, Map<String, String> form) {
        Instance one = instances.get(form.get("InstanceId.1"));
        if (one == null) {
            return error(400, "InvalidInstanceID.NotFound", "The instance ID does not exist");
        }
        boolean terminate = action.equals("TerminateInstances");
        Set<String> from = action.equals("StartInstances")
                ? Set.of("stopped", "running", "pending")
                : Set.of("running", "stopping", "stopped");
        if (!terminate && !from.contains(one.state)) {
            return error(
                    400,
                    "IncorrectInstanceState",
                    "The instance '" + one.id + "' is not in a state from which it can be changed.");
        }
        note(action + " " + one.id);
        switch (action) {
            case "StartInstances" -> {
                if (one.state.equals("stopped")) {
                    one.starts++;
                    one.become("pending", "running");
                }
            }
            case "StopInstances" -> {
                if (one.state.equals("running")) {
                    one.become("stopping", "stopped");
                }
            }
            case "RebootInstances" -> one.starts++;
            default -> {
                if (!one.state.equals("terminated")) {
                    one.become("shutting-down", "terminated");
                }
            }
        }
        return action.equals("RebootInstances")
                ? done(action, "<return>true</return>")
                : done(
                        action,
                        "<instancesSet><item><instanceId>" + one.id + "</instanceId><currentState><code>0</code><name>"
                                + one.state + "</name></currentState><previousState><code>0</code><name>running</name>"
                                + "</previousState></item></instancesSet>");
    }

    private Answer tag(String action, Map<String, String> form) {
        Instance one = instances.get(form.get("ResourceId.1"));
        if (one == null) {
            return error(400, "InvalidInstanceID.NotFound", "The instance ID does not exist");
        }
        for (int i = 1; form.containsKey("Tag." + i + ".Key"); i++) {
            one.tags.put(form.get("Tag." + i + ".Key"), form.get("Tag." + i + ".Value"));
        }
        return done(action, "<return>true</return>");
    }

    private static Answer done(String action, String content) {
        return Answer.xml(
                200,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + action
                        + "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>59dbff89</requestId>"
                        + content
                        + "</" + action + "Response>");
    }

    static Answer error(int status, String code, String message) {
        return Answer.xml(
                status,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>" + code
                        + "</Code><Message>" + message
                        + "</Message></Error></Errors><RequestID>ea966190</RequestID></Response>");
    }
}
