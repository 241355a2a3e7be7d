import {
  ActionIcon,
  AppShell,
  Box,
  Burger,
  Group,
  NavLink,
  ScrollArea,
  Text,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { ModalsProvider } from "@mantine/modals";
import { IconHelpCircle, IconLayoutSidebar, IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { useAccess } from "../access/useAccess";
import { ControlPlaneLine, ControlPlaneName } from "../components/controlPlane";
import { lazyPart, preloadPages } from "../components/lazily";
import { PageLink } from "../components/PageLink";
import { useRemembered } from "../components/remembered";
import { LiveBanner, LiveMark } from "../live/LiveMark";
import { AskAgain } from "../people/signin";
import { text } from "../text";
import { AccountMenu } from "./AccountMenu";
import { helpFor } from "./help";
import { Permitted } from "./NoAccess";
import { allDestinations, apiReference, navigation } from "./navigation";
import { Palette } from "./Palette";
import { SHOW_SHORTCUTS } from "./paletteGroups";
import classes from "./Shell.module.css";
import { useShortcuts } from "./shortcuts";
import { WorkspaceSwitcher } from "./WorkspaceSwitcher";

const ShortcutSheet = lazyPart(() => import("./ShortcutSheet"), "ShortcutSheet");

/** What surrounds every page of somebody who is signed in. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const [finding, palette] = useDisclosure();
  const [reading, sheet] = useDisclosure();
  const [sidebar, setSidebar] = useRemembered("sidebar");
  const isSmall = sidebar === "small";
  const toggleSidebar = () => setSidebar(isSmall ? "" : "small");
  useHotkeys([["mod+K", palette.toggle]], []);
  useShortcuts({
    "/": palette.open,
    "?": sheet.open,
    "[": toggleSidebar,
    ...useGoTo(),
  });
  useEffect(() => {
    document.addEventListener(SHOW_SHORTCUTS, sheet.open);
    return () => document.removeEventListener(SHOW_SHORTCUTS, sheet.open);
  }, [sheet.open]);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu that led to it
  useEffect(close, [pathname, close]);
  useEffect(preloadPages, []);
  return (
    <ModalsProvider>
      <AskAgain />
      <AppShell
        header={{ height: 48 }}
        navbar={{
          width: { base: 212, sm: isSmall ? 54 : 212 },
          breakpoint: "sm",
          collapsed: { mobile: !opened },
        }}
        padding={0}
      >
        <a className="skip-link" href="#content">
          {text.common.skipToContent}
        </a>
        <AppShell.Header className={classes.header}>
          <ControlPlaneLine />
          <Group gap="xs" wrap="nowrap" className={classes.start}>
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={text.common.openMenu}
              aria-expanded={opened}
            />
            <Link to="/" className={classes.brand} aria-label={text.common.product}>
              <img src="/icon.svg" alt="" width={22} height={22} />
              <Text fw={600} visibleFrom="xs">
                {text.common.product}
              </Text>
            </Link>
            <ControlPlaneName />
            <Box visibleFrom="sm">
              <WorkspaceSwitcher />
            </Box>
          </Group>
          <UnstyledButton className={classes.search} onClick={palette.open}>
            <IconSearch size={15} aria-hidden />
            <span className={classes.searchText}>{text.common.palette}</span>{" "}
            <kbd className={classes.key}>{text.common.paletteKeys}</kbd>
          </UnstyledButton>
          <Group gap="sm" wrap="nowrap" className={classes.end}>
            <LiveMark />
            <ActionIcon
              component={PageLink}
              to={helpFor(pathname)}
              size="md"
              aria-label={text.common.help}
              title={text.common.help}
            >
              <IconHelpCircle size={20} />
            </ActionIcon>
            <AccountMenu showShortcuts={sheet.open} />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar
          className={`${classes.navbar} ${isSmall ? classes.small : ""}`}
          aria-label={text.common.navigation}
        >
          <AppShell.Section hiddenFrom="sm" className={classes.section}>
            <WorkspaceSwitcher />
          </AppShell.Section>
          <AppShell.Section grow component={ScrollArea} type="auto" scrollbarSize={6}>
            <Navigation pathname={pathname} />
          </AppShell.Section>
          <AppShell.Section className={classes.section} visibleFrom="sm">
            <NavLink
              component="button"
              label={isSmall ? text.palette.expand : text.palette.collapse}
              title={isSmall ? text.palette.expand : undefined}
              aria-expanded={!isSmall}
              onClick={toggleSidebar}
              leftSection={<IconLayoutSidebar size={16} stroke={1.7} aria-hidden />}
              className={classes.link}
            />
          </AppShell.Section>
        </AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
          <LiveBanner />
          <div className={classes.content}>
            <Permitted pathname={pathname}>
              <Outlet />
            </Permitted>
          </div>
        </AppShell.Main>
        <Palette opened={finding} close={palette.close} />
        <Suspense fallback={null}>
          <ShortcutSheet opened={reading} close={sheet.close} />
        </Suspense>
      </AppShell>
    </ModalsProvider>
  );
}

/** The keys of all pages that one may see: "g n" and so on. */
function useGoTo(): Record<string, () => void> {
  const access = useAccess();
  const navigate = useNavigate();
  const offered = allDestinations.filter(({ permission }) => !permission || access.somewhere(permission));
  return Object.fromEntries(
    offered.map(({ key, path }) => [`g ${key}`, () => void navigate({ to: path } as never)]),
  );
}

function Navigation({ pathname }: { pathname: string }) {
  const access = useAccess();
  const isHere = (path: string) => (path === "/" ? pathname === "/" : `${pathname}/`.startsWith(`${path}/`));
  return (
    <>
      {navigation.map(({ label, destinations }) => {
        const offered = destinations.filter(({ permission }) => !permission || access.somewhere(permission));
        if (offered.length === 0) return null;
        return (
          <div key={label} className={classes.section}>
            <div className={classes.sectionLabel}>{label}</div>
            {offered.map(({ path, label: name, icon: Picture }) => (
              <NavLink
                key={path}
                component={PageLink}
                to={path}
                label={name}
                title={name}
                active={isHere(path)}
                aria-current={isHere(path) ? "page" : undefined}
                leftSection={<Picture size={16} stroke={1.7} aria-hidden />}
                className={classes.link}
              />
            ))}
          </div>
        );
      })}
      <div className={classes.section}>
        <NavLink
          component={PageLink}
          to="/docs"
          label={text.common.documentation}
          title={text.common.documentation}
          active={isHere("/docs")}
          aria-current={isHere("/docs") ? "page" : undefined}
          leftSection={<IconHelpCircle size={16} stroke={1.7} aria-hidden />}
          className={classes.link}
        />
        <NavLink
          href={apiReference.path}
          label={apiReference.label}
          leftSection={<apiReference.icon size={16} stroke={1.7} aria-hidden />}
          className={classes.link}
        />
      </div>
    </>
  );
}
