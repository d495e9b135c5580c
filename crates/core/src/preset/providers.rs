//! The table. Texts are ours; the names in them are those of each provider's screens.

use super::OurValue::{AcsUrl, Certificate, EntityId, MetadataUrl, SloUrl, StartUrl};
use super::{Preset, Signs, SubjectBy};

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What our guides have an admin make where names are free.
const FREE: [&str; 3] = ["Email", "First", "Last"];
/// As Windows' claims are called.
const CLAIMS: [&str; 3] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
];
/// mail, givenName, sn of LDAP.
const OIDS: [&str; 3] = ["urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:2.5.4.42", "urn:oid:2.5.4.4"];

/// What a preset has where it says nothing else.
const PLAIN: Preset = Preset {
    id: "",
    name: "",
    signs: Signs::Both,
    encrypts: false,
    name_id_format: None,
    subject: SubjectBy::NameId,
    pinned: None,
    groups: None,
    attributes: FREE,
    login_hint: true,
    single_logout: false,
    steps: &[],
    values: &[],
    claims: &[],
    metadata: "",
    pitfalls: &[],
    source: "",
};

/// All there are, the best known first and the generic one last.
pub const PRESETS: &[Preset] = &[
    Preset {
        id: "okta",
        name: "Okta",
        pinned: Some("Id"),
        groups: Some("groups"),
        single_logout: true,
        steps: &[
            "Open Applications, then Applications, choose Create App Integration, and in it SAML 2.0.",
            "Give it a name that people know, and go on to Configure SAML. Fill in our values as below, and leave the tick at Use this for Recipient URL and Destination URL.",
            "Under Attribute Statements add the lines below. For groups add a Group Attribute Statement with the name groups and the filter Matches regex .*, or a narrower one.",
            "Finish, and on the tab Assignments give the app to the people or groups who shall sign in.",
        ],
        values: &[
            (AcsUrl, "Single sign-on URL"),
            (EntityId, "Audience URI (SP Entity ID)"),
            (SloUrl, "Single Logout URL, under Show Advanced Settings"),
            (Certificate, "Signature Certificate, under Show Advanced Settings"),
        ],
        claims: &[
            ("Email", "user.email"),
            ("First", "user.firstName"),
            ("Last", "user.lastName"),
            ("Id", "user.getInternalProperty(\"id\")"),
        ],
        metadata: "On the app's tab Sign On, copy the Metadata URL.",
        pitfalls: &[
            "Somebody who is not on the tab Assignments is turned away by Okta and never reaches us.",
            "Enable Single Logout asks for our certificate first; without it Okta leaves logout out of its metadata.",
            "Each app has an issuer of its own, http://www.okta.com/ and an id: metadata of another app does not fit.",
        ],
        source: "Okta Help Center: Create SAML app integrations",
        ..PLAIN
    },
    Preset {
        id: "entra",
        name: "Microsoft Entra ID",
        signs: Signs::Assertion,
        pinned: Some("http://schemas.microsoft.com/identity/claims/objectidentifier"),
        groups: Some("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"),
        attributes: CLAIMS,
        single_logout: true,
        steps: &[
            "Open Enterprise applications, New application, Create your own application, and choose Integrate any other application you don't find in the gallery.",
            "Open Single sign-on, choose SAML, and under Basic SAML Configuration fill in our values as below.",
            "Leave Attributes & Claims as they are: the names that Entra begins with are the ones that this preset reads. For groups choose Add a group claim.",
            "Under Users and groups assign who shall sign in.",
        ],
        values: &[
            (EntityId, "Identifier (Entity ID)"),
            (AcsUrl, "Reply URL (Assertion Consumer Service URL)"),
            (StartUrl, "Sign on URL (Optional)"),
            (SloUrl, "Logout Url (Optional)"),
            (Certificate, "Verification certificates (optional), under SAML Certificates"),
        ],
        metadata: "Under SAML Certificates copy the App Federation Metadata Url.",
        pitfalls: &[
            "The claim emailaddress is made of user.mail, which is empty for people without a mailbox: they are refused for a missing attribute. Fill Mail in, or make the claim of user.userprincipalname.",
            "Past 150 groups Entra sends a link instead of the groups. Choose Groups assigned to the application.",
            "Groups come as object ids, not as names: map the ids.",
            "People who are not assigned see AADSTS50105 at Microsoft and never reach us.",
        ],
        source: "Microsoft Learn: Single sign-on SAML protocol, and SAML token claims reference",
        ..PLAIN
    },
    Preset {
        id: "google",
        name: "Google Workspace",
        signs: Signs::Assertion,
        name_id_format: Some(EMAIL),
        groups: Some("groups"),
        login_hint: false,
        steps: &[
            "In the Admin console open Apps, Web and mobile apps, Add app, Add custom SAML app.",
            "On Google Identity Provider details choose Download metadata, and go on.",
            "On Service provider details fill in our values as below. Name ID format: EMAIL. Name ID: Basic Information > Primary email.",
            "On Attribute mapping add the lines below. For groups pick them under Group membership, with the app attribute groups.",
            "Open User access of the new app, and turn it ON for everyone or for an organisational unit.",
        ],
        values: &[(AcsUrl, "ACS URL"), (EntityId, "Entity ID"), (StartUrl, "Start URL (optional)")],
        claims: &[("Email", "Primary email"), ("First", "First name"), ("Last", "Last name")],
        metadata: "Upload the file that Download metadata gave you; Google has no address for it.",
        pitfalls: &[
            "A new app is OFF for everyone. People then see 403 app_not_configured_for_user at Google.",
            "Google says that a change may take up to a day until it counts for everyone.",
            "The Name ID is an address, and addresses are given to somebody else one day: delete accounts here when people leave.",
            "Google offers no single logout. Its certificate ends after five years and has to be changed by hand.",
        ],
        source: "Google Workspace Admin Help: Set up your own custom SAML app",
        ..PLAIN
    },
    Preset {
        id: "adfs",
        name: "AD FS",
        signs: Signs::Assertion,
        encrypts: true,
        groups: Some("http://schemas.xmlsoap.org/claims/Group"),
        attributes: CLAIMS,
        login_hint: false,
        single_logout: true,
        steps: &[
            "In AD FS Management choose Relying Party Trusts, Add Relying Party Trust, Claims aware.",
            "Choose Import data about the relying party published online, and paste our metadata URL. Where AD FS cannot reach it, save it as a file and import that.",
            "In Edit Claim Issuance Policy add a rule Send LDAP Attributes as Claims, store Active Directory: E-Mail-Addresses to E-Mail Address, Given-Name to Given Name, Surname to Surname.",
            "Add a rule Transform an Incoming Claim: incoming E-Mail Address, outgoing Name ID, format Email, pass through all values.",
        ],
        values: &[
            (MetadataUrl, "Federation metadata address"),
            (EntityId, "Relying party trust identifier"),
            (AcsUrl, "Relying party SAML 2.0 SSO service URL"),
            (SloUrl, "SAML Logout endpoint, on the tab Endpoints"),
        ],
        metadata: "Use https://, the name of your AD FS, and /FederationMetadata/2007-06/FederationMetadata.xml.",
        pitfalls: &[
            "AD FS sends no Name ID unless a rule makes one: without the second rule everybody is refused with name-id-missing.",
            "AD FS encrypts as soon as our metadata offers an encryption certificate. That is fine; import our metadata again when that certificate changes.",
            "AD FS makes a new token-signing certificate about once a year. Give us the metadata's address rather than a file, so that both are trusted in time.",
            "Where AD FS cannot check a self-signed certificate for revocation, it refuses our signed requests: Set-AdfsRelyingPartyTrust with -SigningCertificateRevocationCheck None.",
            "On the tab Advanced the hash has to be SHA-256.",
        ],
        source: "Microsoft Learn: Create a Relying Party Trust, and AD FS claims rules",
        ..PLAIN
    },
    Preset {
        id: "onelogin",
        name: "OneLogin",
        signs: Signs::Response,
        pinned: Some("Id"),
        groups: Some("groups"),
        login_hint: false,
        single_logout: true,
        steps: &[
            "In Administration open Applications, Add App, and search for SAML Custom Connector (Advanced).",
            "On the tab Configuration fill in our values as below. SAML initiator: Service Provider.",
            "On the tab Parameters add the fields below, and tick Include in SAML assertion at each.",
            "On the tab SSO set the SAML Signature Algorithm to SHA-256.",
        ],
        values: &[
            (EntityId, "Audience (EntityID)"),
            (AcsUrl, "Recipient, and ACS (Consumer) URL"),
            (StartUrl, "Login URL"),
            (SloUrl, "Single Logout URL"),
        ],
        claims: &[("Email", "Email"), ("First", "First Name"), ("Last", "Last Name"), ("Id", "OneLogin ID")],
        metadata: "Under More Actions choose SAML Metadata, and upload the file.",
        pitfalls: &[
            "ACS (Consumer) URL Validator is a regular expression: our ACS with a backslash before each dot, between ^ and $.",
            "A new connector may sign with SHA-1, which is refused here.",
            "A parameter without the tick at Include in SAML assertion is not sent.",
        ],
        source: "OneLogin Knowledge Base: SAML Custom Connector (Advanced)",
        ..PLAIN
    },
    Preset {
        id: "pingone",
        name: "PingOne",
        signs: Signs::Assertion,
        login_hint: false,
        single_logout: true,
        steps: &[
            "Open Applications, add one, and choose SAML Application.",
            "Under SAML Configuration choose Import From URL with our metadata URL, or Manually Enter with our values as below.",
            "On the tab Attribute Mappings leave saml_subject at User ID, and add the lines below.",
            "Turn the application on with the switch beside its name.",
        ],
        values: &[
            (MetadataUrl, "Import From URL"),
            (AcsUrl, "ACS URLs"),
            (EntityId, "Entity ID"),
            (SloUrl, "SLO Endpoint"),
            (Certificate, "Verification Certificate"),
        ],
        claims: &[("Email", "Email Address"), ("First", "Given Name"), ("Last", "Family Name")],
        metadata: "On the tab Configuration copy the IDP Metadata URL.",
        pitfalls: &[
            "A new application is off until its switch is on.",
            "saml_subject at User ID stays when an address changes; at Username or Email Address it does not.",
        ],
        source: "Ping Identity Documentation: Adding a SAML application (PingOne)",
        ..PLAIN
    },
    Preset {
        id: "pingfederate",
        name: "PingFederate",
        signs: Signs::Assertion,
        login_hint: false,
        single_logout: true,
        steps: &[
            "Open Applications, Integration, SP Connections, Create Connection, and choose Browser SSO Profiles with SAML 2.0.",
            "Choose to import metadata from our metadata URL: it fills in the Partner's Entity ID, the endpoints and our certificate.",
            "Under Assertion Creation extend the Attribute Contract by the attributes below, and map SAML_SUBJECT to something that never changes.",
            "Under Protocol Settings allow the SAML bindings POST and Redirect, and tick Always Sign Assertion.",
        ],
        values: &[
            (MetadataUrl, "Metadata URL"),
            (EntityId, "Partner's Entity ID (Connection ID)"),
            (AcsUrl, "Assertion Consumer Service URL"),
            (SloUrl, "SLO Service URLs"),
        ],
        claims: &[("Email", "mail"), ("First", "givenName"), ("Last", "sn")],
        metadata: "Open System, Protocol Metadata, Metadata Export, with the role identity provider, and upload the file.",
        pitfalls: &[
            "The entity ID is the server's, the same for all its connections.",
            "A connection is inactive until its switch in the list is on.",
        ],
        source: "Ping Identity Documentation: SP connections (PingFederate)",
        ..PLAIN
    },
    Preset {
        id: "jumpcloud",
        name: "JumpCloud",
        signs: Signs::Response,
        name_id_format: Some(EMAIL),
        groups: Some("memberOf"),
        login_hint: false,
        steps: &[
            "Open SSO Applications, Add New Application, and choose Custom Application with Manage Single Sign-On and Configure SSO with SAML.",
            "On the tab SSO give it an IdP Entity ID of your choice, and fill in our values as below. SAMLSubject NameID: email.",
            "Tick Declare Redirect Endpoint. Under User Attribute Mapping add the lines below, and for groups tick Include group attribute with the name memberOf.",
            "On the tab User Groups tick the groups whose people shall sign in.",
        ],
        values: &[(EntityId, "SP Entity ID"), (AcsUrl, "ACS URLs"), (StartUrl, "Login URL")],
        claims: &[("Email", "email"), ("First", "firstname"), ("Last", "lastname")],
        metadata: "On the tab SSO choose Export Metadata, and upload the file.",
        pitfalls: &[
            "Without Declare Redirect Endpoint the metadata names one binding only, which is fine here but not for every setting.",
            "The name at Service Provider Attribute Name is ours, the other one JumpCloud's: Email is not email.",
            "An app without a user group is nobody's.",
        ],
        source: "JumpCloud Help Center: SSO with Custom SAML 2.0 Application Connectors",
        ..PLAIN
    },
    Preset {
        id: "duo",
        name: "Duo Single Sign-On",
        name_id_format: Some(EMAIL),
        login_hint: false,
        single_logout: true,
        steps: &[
            "Set an authentication source up first, under Applications, SSO Settings.",
            "Open Applications, Application Catalog, and add Generic SAML Service Provider with the label SSO.",
            "Under Service Provider fill in our values as below; under SAML Response leave both signing options ticked.",
            "Under Map attributes add the lines below, and under User access say who may use it.",
        ],
        values: &[
            (EntityId, "Entity ID"),
            (AcsUrl, "Assertion Consumer Service (ACS) URL"),
            (SloUrl, "Single Logout URL"),
            (StartUrl, "Service Provider Login URL"),
        ],
        claims: &[("Email", "<Email Address>"), ("First", "<First Name>"), ("Last", "<Last Name>")],
        metadata: "Under Downloads choose Download XML beside SAML Metadata, or copy the Metadata URL.",
        pitfalls: &[
            "A new application admits nobody until User access says so.",
            "The attributes of Active Directory have other names: map those that your source has.",
        ],
        source: "Duo Documentation: Duo Single Sign-On for Generic SAML Service Providers",
        ..PLAIN
    },
    Preset {
        id: "cyberark",
        name: "CyberArk Identity",
        signs: Signs::Response,
        login_hint: false,
        steps: &[
            "This is for Centrify and Delinea too, where the screens are the same. Open Apps & Widgets, Web Apps, Add Web Apps, Custom, SAML.",
            "On the tab Trust, under Service Provider Configuration, choose Manual Configuration and fill in our values as below.",
            "On the tab SAML Response add the attributes below.",
            "On the tab Permissions add who shall sign in, with the right Run.",
        ],
        values: &[
            (EntityId, "SP Entity ID / Issuer / Audience"),
            (AcsUrl, "Assertion Consumer Service (ACS) URL, with Same as ACS URL at Recipient"),
        ],
        claims: &[
            ("Email", "LoginUser.Email"),
            ("First", "LoginUser.FirstName"),
            ("Last", "LoginUser.LastName"),
        ],
        metadata: "On the tab Trust, under Identity Provider Configuration, Metadata, choose Copy URL or Download Metadata File.",
        pitfalls: &[
            "An app without Permissions shows up for nobody, and its address answers with not authorised.",
            "A custom script on the tab SAML Response wins over the table of attributes above it.",
        ],
        source: "CyberArk Docs: Custom SAML app",
        ..PLAIN
    },
    Preset {
        id: "auth0",
        name: "Auth0",
        signs: Signs::Assertion,
        attributes: CLAIMS,
        single_logout: true,
        steps: &[
            "Open Applications, Applications, Create Application, Regular Web Applications.",
            "On the tab Addons turn SAML2 Web App on. On its tab Settings paste our ACS as Application Callback URL.",
            "In the JSON below it set audience to our entity ID, signatureAlgorithm to rsa-sha256, digestAlgorithm to sha256, and logout.callback to our logout address. Save.",
        ],
        values: &[
            (AcsUrl, "Application Callback URL"),
            (EntityId, "audience, in the JSON"),
            (SloUrl, "logout.callback, in the JSON"),
            (Certificate, "signingCert, in the JSON"),
        ],
        metadata: "On the add-on's tab Usage choose Identity Provider Metadata: Download, and upload the file.",
        pitfalls: &[
            "Without audience in the JSON the assertion is for somebody else, and is refused with audience.",
            "Old tenants sign with SHA-1 unless the JSON says otherwise, which is refused here.",
            "Accounts of a database connection may have no given and family name: those people have no name here.",
        ],
        source: "Auth0 Docs: Configure Auth0 as SAML identity provider",
        ..PLAIN
    },
    Preset {
        id: "keycloak",
        name: "Keycloak",
        signs: Signs::Response,
        name_id_format: Some(PERSISTENT),
        groups: Some("groups"),
        single_logout: true,
        steps: &[
            "In the realm open Clients, Import client, and give it our metadata as a file. By hand: Create client, type SAML, Client ID our entity ID.",
            "In Settings set Name ID format to persistent, and turn Force name ID format on. Under Logout settings turn Front channel logout on.",
            "Open Client scopes, the one that ends in -dedicated, Add mapper, By configuration, User Property, once for each line below. For groups add a Group list mapper with the name groups and Full group path off.",
        ],
        values: &[
            (MetadataUrl, "Resource file, at Import client"),
            (EntityId, "Client ID"),
            (AcsUrl, "Valid redirect URIs, and Assertion Consumer Service POST Binding URL under Advanced"),
            (SloUrl, "Logout Service Redirect Binding URL, under Advanced"),
            (Certificate, "Keys, Signing keys config"),
        ],
        claims: &[("Email", "email"), ("First", "firstName"), ("Last", "lastName")],
        metadata: "In Realm settings open SAML 2.0 Identity Provider Metadata, and give us its address: it ends in /protocol/saml/descriptor.",
        pitfalls: &[
            "Client signature required is on by default: give Keycloak our certificate, or it answers Invalid requester.",
            "A client with the wrong Client ID is answered with Client not found at Keycloak.",
            "User Property mappers take firstName and lastName; User Attribute mappers take attributes, which are others.",
        ],
        source: "Keycloak Server Administration Guide: Creating a SAML client",
        ..PLAIN
    },
    Preset {
        id: "aws",
        name: "AWS IAM Identity Center",
        signs: Signs::Assertion,
        login_hint: false,
        steps: &[
            "Open Applications, Add application, I have an application I want to set up, SAML 2.0.",
            "Under Application metadata choose Manually type your metadata values, and fill in our values as below.",
            "After that, in Actions, Edit attribute mappings, set Subject to ${user:subject} with the format persistent, and add the lines below with the format basic.",
            "Assign users and groups to the application.",
        ],
        values: &[
            (AcsUrl, "Application ACS URL"),
            (EntityId, "Application SAML audience"),
            (StartUrl, "Application start URL (optional)"),
        ],
        claims: &[("Email", "${user:email}"), ("First", "${user:givenName}"), ("Last", "${user:familyName}")],
        metadata: "On the application's page, under IAM Identity Center metadata, copy the address of the IAM Identity Center SAML metadata file.",
        pitfalls: &[
            "Without a mapping for Subject, AWS answers with Bad Input and never reaches us.",
            "Each application has a certificate of its own, which ends after five years and is changed by hand.",
        ],
        source: "AWS IAM Identity Center User Guide: Customer managed applications, and Map attributes",
        ..PLAIN
    },
    Preset {
        id: "shibboleth",
        name: "Shibboleth",
        signs: Signs::Response,
        encrypts: true,
        subject: SubjectBy::Attribute("urn:oasis:names:tc:SAML:attribute:subject-id"),
        groups: Some("urn:oid:1.3.6.1.4.1.5923.1.5.1.1"),
        attributes: OIDS,
        login_hint: false,
        single_logout: true,
        steps: &[
            "Add our metadata to conf/metadata-providers.xml, as a file or as an HTTP provider at our metadata URL.",
            "In conf/attribute-filter.xml release mail, givenName, sn and samlSubjectID to our entity ID, and isMemberOf where groups shall count.",
            "Reload the two services, or restart the IdP.",
        ],
        values: &[
            (MetadataUrl, "metadataURL of the provider"),
            (EntityId, "The Requester of the filter's policy rule"),
        ],
        metadata: "Use https://, the name of your IdP, and /idp/shibboleth; or upload metadata/idp-metadata.xml.",
        pitfalls: &[
            "Its Name ID is transient, another one at each sign-in. This preset reads samlSubjectID instead; where your IdP has eduPersonUniqueId and not that, name it in the draft.",
            "An attribute that the filter does not release is not sent: the test sign-in shows which came.",
            "It encrypts to the certificate in our metadata. Where it has an old copy, nothing opens here.",
        ],
        source: "Shibboleth Consortium Wiki: IdP 5, AttributeFilterConfiguration and SAML2 SSO",
        ..PLAIN
    },
    Preset {
        id: "cas",
        name: "Apereo CAS",
        signs: Signs::Response,
        name_id_format: Some(PERSISTENT),
        login_hint: false,
        single_logout: true,
        steps: &[
            "Add a service of the class SamlRegisteredService to the registry, with serviceId our entity ID and metadataLocation our metadata URL.",
            "Set requiredNameIdFormat to persistent, and attributeReleasePolicy to ReturnMappedAttributeReleasePolicy with the lines below.",
            "Set signAssertions to true if others read the same assertions; the signed response is enough here.",
        ],
        values: &[(EntityId, "serviceId"), (MetadataUrl, "metadataLocation")],
        claims: &[("Email", "mail"), ("First", "givenName"), ("Last", "sn")],
        metadata: "Use https://, the name of your CAS, and /cas/idp/metadata.",
        pitfalls: &[
            "Without requiredNameIdFormat the Name ID may be transient, which is refused here.",
            "serviceId is a regular expression: write a backslash before each dot, or it is matched too widely.",
        ],
        source: "Apereo CAS Documentation: SAML2 services, and attribute release",
        ..PLAIN
    },
    Preset {
        id: "simplesamlphp",
        name: "SimpleSAMLphp",
        name_id_format: Some(PERSISTENT),
        groups: Some("groups"),
        attributes: ["mail", "givenName", "sn"],
        login_hint: false,
        single_logout: true,
        steps: &[
            "Open Federation, Tools, XML to SimpleSAMLphp metadata converter, and give it our metadata; or write the entry by hand.",
            "Put the result into metadata/saml20-sp-remote.php. Add NameIDFormat persistent, and as simplesaml.nameidattribute something that never changes.",
            "See to it that mail, givenName and sn are sent, in attributes or by an authproc filter.",
        ],
        values: &[
            (MetadataUrl, "XML to SimpleSAMLphp metadata converter"),
            (EntityId, "The key of the entry"),
            (AcsUrl, "AssertionConsumerService"),
            (SloUrl, "SingleLogoutService"),
            (Certificate, "keys, or certData"),
        ],
        metadata: "On Federation, under SAML 2.0 IdP Metadata, take the dedicated metadata URL; it ends in /saml2/idp/metadata.php or /saml/idp/metadata.",
        pitfalls: &[
            "A filter that turns names into OIDs (core:AttributeMap name2oid) changes what comes: name the OIDs in the draft then.",
            "validate.authnrequest needs our certificate in the entry.",
        ],
        source: "SimpleSAMLphp Documentation: IdP remote SP metadata reference (saml20-sp-remote)",
        ..PLAIN
    },
    Preset {
        id: "lemonldap",
        name: "LemonLDAP::NG",
        signs: Signs::Response,
        login_hint: false,
        single_logout: true,
        steps: &[
            "In the Manager open SAML service providers, Add SAML SP, and load our metadata from its address.",
            "Under Exported attributes add the lines below: the key is your attribute, the name is ours, and mandatory is on for the e-mail.",
            "Under Options, Signature, leave Sign SSO message on. Under Options, NameID format, choose persistent.",
        ],
        values: &[
            (MetadataUrl, "Metadata, Load from URL"),
            (EntityId, "It is in the metadata"),
            (SloUrl, "It is in the metadata"),
        ],
        claims: &[("Email", "mail"), ("First", "givenName"), ("Last", "sn")],
        metadata: "Use https://, the name of your portal, and /saml/metadata.",
        pitfalls: &[
            "A mandatory attribute that somebody lacks ends their sign-in at the portal.",
            "The NameID format is e-mail by default; accounts that were made with it do not fit persistent ones.",
        ],
        source: "LemonLDAP::NG Documentation: SAML service provider (as identity provider)",
        ..PLAIN
    },
    Preset {
        id: "rippling",
        name: "Rippling",
        name_id_format: Some(EMAIL),
        login_hint: false,
        steps: &[
            "Open IT Management, Custom App, Create New App, and choose Single Sign-On (SAML).",
            "On the page of the SSO setup keep the metadata, and fill in our values as below.",
            "Under SAML Attributes add the lines below, and say who gets the app.",
        ],
        values: &[(AcsUrl, "ACS URL"), (EntityId, "Service Provider Entity ID")],
        claims: &[("Email", "User's email"), ("First", "User's first name"), ("Last", "User's last name")],
        metadata: "On the page of the SSO setup choose IdP Metadata XML, and upload the file.",
        pitfalls: &[
            "The app is there for whom its access rules name, from the day that they begin to work there.",
            "The Name ID is the work address, and addresses are given to somebody else one day: delete accounts here when people leave.",
        ],
        source: "Rippling Help Center: Custom SAML applications",
        ..PLAIN
    },
    Preset {
        id: "f5",
        name: "F5 BIG-IP APM",
        signs: Signs::Assertion,
        login_hint: false,
        single_logout: true,
        steps: &[
            "Open Access, Federation, SAML Identity Provider, Local IdP Services, Create. Give it an entity ID; as Assertion Subject Value take something that never changes.",
            "Under SAML Attributes add the lines below.",
            "Open External SP Connectors, Create, From Metadata, and give it our metadata as a file. Select the service, and choose Bind/Unbind SP Connectors.",
            "Put the service into the access policy of the virtual server as its SSO resource.",
        ],
        values: &[
            (MetadataUrl, "Select File, at From Metadata"),
            (EntityId, "Service Provider Entity ID"),
            (AcsUrl, "Assertion Consumer Service URL"),
            (SloUrl, "Single Logout Request URL"),
        ],
        claims: &[
            ("Email", "%{session.ad.last.attr.mail}"),
            ("First", "%{session.ad.last.attr.givenName}"),
            ("Last", "%{session.ad.last.attr.sn}"),
        ],
        metadata: "Select the service under Local IdP Services, choose Export Metadata, and upload the file.",
        pitfalls: &[
            "A service without a bound connector answers nobody.",
            "The attributes are those of the session: the access policy has to query the directory before.",
            "Assertions count for some minutes only: the device needs NTP.",
        ],
        source: "F5 Documentation: BIG-IP Access Policy Manager, Using APM as a SAML IdP",
        ..PLAIN
    },
    Preset {
        id: "generic",
        name: "Another SAML 2.0 provider",
        steps: &[
            "Make a SAML 2.0 application there, and give it our metadata, or our values one by one as below.",
            "Have it sign the response, the assertion or both, with RSA and SHA-256.",
            "Have it send the attributes below, under exactly these names, and a Name ID that never changes for a person.",
        ],
        values: &[
            (MetadataUrl, "Service provider metadata"),
            (EntityId, "Entity ID, audience or identifier"),
            (AcsUrl, "Assertion Consumer Service (ACS) or reply address"),
            (SloUrl, "Single logout address"),
            (StartUrl, "Login or start address, where a tile leads"),
            (Certificate, "Signing certificate"),
        ],
        claims: &[("Email", "The e-mail"), ("First", "The given name"), ("Last", "The family name")],
        single_logout: true,
        login_hint: false,
        metadata: "Take its metadata by address, if it has one: a new certificate is then known in time.",
        pitfalls: &[
            "Entity IDs and attribute names are compared exactly, capitals too.",
            "A transient Name ID is another one at each sign-in and is refused: name an attribute that stays.",
        ],
        source: "OASIS: Assertions and Protocols, and Profiles, for SAML V2.0",
        ..PLAIN
    },
];
