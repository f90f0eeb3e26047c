// At the end of the top bar: tour, pause, presentation, help.

import { usePage } from '../connection/observatory-context.ts';
import { Icon, type IconName } from '../elements/icon.tsx';
import { isHelpShown } from './key-help.tsx';
import { isPresenting, switchPresentation } from './presentation.ts';
import { endTour, startTour, toured } from './tour.ts';

export function StoryButtons() {
  const { observatory, connection } = usePage();
  const isPaused = connection.paused.value;
  const isTouring = toured.value !== undefined;
  return (
    <>
      <StoryButton
        icon="tour"
        words={isTouring ? 'End the guided tour' : 'Guided tour'}
        shortcut="t"
        pressed={isTouring}
        onPress={() => (isTouring ? endTour() : startTour(observatory))}
      />
      <StoryButton
        icon={isPaused ? 'play' : 'pause'}
        words={isPaused ? 'Go on' : 'Hold the live view'}
        shortcut=" "
        pressed={isPaused}
        onPress={() => connection.pause(!isPaused)}
      />
      <StoryButton
        icon="screen"
        words={isPresenting.value ? 'End the presentation' : 'Presentation'}
        shortcut="b"
        pressed={isPresenting.value}
        onPress={switchPresentation}
      />
      <StoryButton
        icon="help"
        words="Keys and words"
        shortcut="?"
        onPress={() => {
          isHelpShown.value = true;
        }}
      />
    </>
  );
}

interface StoryButtonProps {
  icon: IconName;
  words: string;
  shortcut: string;
  pressed?: boolean;
  onPress(): void;
}

function StoryButton({ icon, words, shortcut, pressed, onPress }: StoryButtonProps) {
  const key = shortcut === ' ' ? 'Space' : shortcut;
  return (
    <button
      type="button"
      class="button icon-only story-button"
      aria-label={words}
      aria-pressed={pressed}
      aria-keyshortcuts={key}
      title={`${words} (${key})`}
      data-page-key={shortcut}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
